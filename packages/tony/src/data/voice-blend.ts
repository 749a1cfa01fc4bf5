/**
 * @file Voices between two voices: what one said, with the same phones by another mixed in, in the log-mel domain. A few
 * speakers become as many as there are pairs and shares of them.
 */
import { MEL_BANDS } from '../media/audio/mel.ts'
import type { Rng } from '../util/rng.ts'
import type { MelClip } from './hearing.ts'

/** A phone as it was said once: frames `from` to before `to` of `frames`, after phone `after` and before phone `before` (-1 for none). */
interface Said {
  readonly frames: Int16Array
  readonly from: number
  readonly to: number
  readonly after: number
  readonly before: number
}

/** How many of the times that a phone was said are looked at for one between the same neighbours. */
const LOOKED_AT = 6

/** Numbers that are kept of a phone: its clip and the numbers of `Said`. */
const KEPT = 5

/** All phones of one voice, kept as numbers: an object for each of millions would busy the garbage collector. */
export class PhoneBook {
  /** Phones in the book. */
  readonly size: number
  readonly #frames: Int16Array[] = []
  readonly #said: ReadonlyMap<number, Int32Array>

  constructor(clips: Iterable<MelClip>) {
    const said = new Map<number, number[]>()
    let size = 0
    for (const clip of clips) {
      for (const [id, { from, to, after, before }] of phonesOf(clip)) {
        if (!said.has(id)) said.set(id, [])
        said.get(id)!.push(this.#frames.length, from, to, after, before)
        size++
      }
      this.#frames.push(clip.frames)
    }
    this.#said = new Map([...said].map(([id, numbers]) => [id, Int32Array.from(numbers)]))
    this.size = size
  }

  /** A phone as it was said some time, between neighbours like those of `like` where a few tries find one. */
  pick(rng: Rng, id: number, like: Pick<Said, 'after' | 'before'>): Said | undefined {
    const all = this.#said.get(id)
    if (all === undefined) return undefined
    let best: Said | undefined
    let most = -1
    for (let i = 0; i < LOOKED_AT && most < 2; i++) {
      const at = rng.int(all.length / KEPT) * KEPT
      const said: Said = {
        frames: this.#frames[all[at]!]!,
        from: all[at + 1]!,
        to: all[at + 2]!,
        after: all[at + 3]!,
        before: all[at + 4]!,
      }
      const same = Number(said.after === like.after) + Number(said.before === like.before)
      if (same <= most) continue
      best = said
      most = same
    }
    return best
  }
}

/**
 * `clip` with `share` (0 to 1) of the voice of `book` in it: each phone's frames are mixed with those of the same phone
 * as the other said it, stretched to the same length. Phones that the other never said stay as they are.
 */
export function blend(rng: Rng, clip: MelClip, { book, share }: { book: PhoneBook; share: number }): MelClip {
  const frames = Int16Array.from(clip.frames)
  for (const [id, own] of phonesOf(clip)) {
    const other = book.pick(rng, id, own)
    if (other === undefined) continue
    const rate = (other.to - other.from) / (own.to - own.from)
    for (let f = own.from; f < own.to; f++) {
      const to = f * MEL_BANDS
      const from = (other.from + Math.floor((f - own.from + 0.5) * rate)) * MEL_BANDS
      for (let b = 0; b < MEL_BANDS; b++) {
        frames[to + b] = Math.round(frames[to + b]! * (1 - share) + other.frames[from + b]! * share)
      }
    }
  }
  return { ...clip, frames }
}

const FRAMES_A_SECOND = 100

/** Phones of a clip that last a frame or more and whose frames are there. */
function phonesOf({ frames, phones }: MelClip): [id: number, said: Said][] {
  const count = frames.length / MEL_BANDS
  return phones.flatMap(({ id, start, end }, i): [number, Said][] => {
    const from = Math.round(start * FRAMES_A_SECOND)
    const to = Math.min(count, Math.round(end * FRAMES_A_SECOND))
    if (to <= from) return []
    return [[id, { frames, from, to, after: phones[i - 1]?.id ?? -1, before: phones[i + 1]?.id ?? -1 }]]
  })
}
