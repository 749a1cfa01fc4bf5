/** @file festival's diphone voices, most of them of other languages: English phones in the nearest sounds each speaker has on record. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseWav } from '../../media/audio/wav.ts'
import type { WordTiming } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import type { Rng } from '../../util/rng.ts'
import { runs } from './debian.ts'
import { PAUSE, PHONES } from './synth-phones.ts'

/** What stands for each phone, best first, as `a b` where two sounds do; `-` is no sound at all. */
type Accent = Readonly<Record<string, readonly string[]>>

/** A table `AA:a,o AE:e`, with `_` between two sounds that stand for one. */
const accent = (table: string): Accent =>
  Object.fromEntries(
    table
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [phone = '', sounds = ''] = entry.split(':=')
        return [phone, sounds.split(',').map((sound) => sound.replaceAll('_', ' '))]
      }),
  )

const ACCENTS = {
  american: accent(
    `pau:=pau ${PHONES.filter((phone) => phone !== PAUSE)
      .map((phone) => `${phone}:=${phone.toLowerCase()}${phone === 'ER' ? ',ah_r' : ''}`)
      .join(' ')}`,
  ),
  italian: accent(`
    pau:=# AA:=a1,a AE:=E1,E,a AH:=a,O AO:=O1,O AW:=a1_u,a_u AX:=e,a,o AY:=a1_i,a_i B:=b CH:=tS D:=d DH:=d,z EH:=E1,E,e
    ER:=e1_r,e_r,E_r EY:=e1_i,e_i F:=f G:=g HH:=- IH:=i,e IY:=i1,i JH:=dZ K:=k L:=l M:=m N:=n NG:=ng,n OW:=o1_u,o_u,o
    OY:=O1_i,O_i,o_i P:=p R:=r S:=s SH:=S T:=t TH:=t,f UH:=u,o UW:=u1,u V:=v W:=w,u Y:=j,i Z:=z,s ZH:=dZ,S`),
  czech: accent(`
    pau:=# AA:=a:,a,o AE:=e,a AH:=a AO:=o,o: AW:=a_u AX:=e,a AY:=a_j B:=b,p CH:=c~ D:=d,t DH:=d,z,t,s EH:=e ER:=e_r EY:=e_j,e: F:=f
    G:=g,k HH:=h,ch IH:=i IY:=i:,i,i_j JH:=dz~,c~ K:=k L:=l M:=m N:=n NG:=n*,n OW:=o_u,o: OY:=o_j P:=p R:=r S:=s SH:=s~ T:=t TH:=t,s
    UH:=u UW:=u:,u V:=v,f W:=v,u,f Y:=j Z:=z,s ZH:=z~,s~`),
  finnish: accent(`
    pau:=# AA:=a:,a AE:=@,@:,e AH:=a,@ AO:=o:,o AW:=a_u AX:=e,7,a AY:=a_i B:=b,p CH:=t_S,t_s D:=d,t DH:=d,t EH:=e ER:=7_r,e_r
    EY:=e_i F:=f,v G:=g,k HH:=h IH:=i IY:=i:,i JH:=d_S,t_S,t_s K:=k L:=l M:=m N:=n NG:=N,n OW:=o_u OY:=o_i P:=p R:=r S:=s
    SH:=S,s T:=t TH:=T,t,s UH:=u UW:=u:,u V:=v W:=w,v Y:=j Z:=s ZH:=S,s`),
  hindi: accent(`
    pau:=pau AA:=aa,oh AE:=eh AH:=a AO:=oh,aa AW:=aw AX:=a,eh AY:=ay B:=b CH:=ch D:=D DH:=dh EH:=eh ER:=a_r EY:=ee F:=f G:=g HH:=h
    IH:=ih IY:=iy JH:=j K:=k L:=l M:=m N:=n NG:=N,n OW:=oo OY:=oh_ih,oo_ih P:=p R:=r S:=s SH:=sh T:=T TH:=th UH:=uh UW:=uw V:=v
    W:=v,uh Y:=y,ih Z:=j,s ZH:=sh,j`),
} as const

interface FestivalVoice {
  /** Debian package. */
  readonly from: string
  /** festival's name of the voice. */
  readonly name: string
  /** Its sounds, under festival's folder of voices: a list of pairs of sounds, then what was recorded of them. */
  readonly recordings: string
  readonly accent: Accent
  /** Usual pitch in hertz. */
  readonly pitch: number
}

/** Voices by name: ten people, each of whom speaks English with the sounds of their own language. */
export const FESTIVAL_VOICES: Readonly<Record<string, FestivalVoice>> = {
  ked: {
    from: 'festvox-kdlpc16k',
    name: 'ked_diphone',
    recordings: 'english/ked_diphone/group/kedlpc16k.group',
    accent: ACCENTS.american,
    pitch: 105,
  },
  lp: {
    from: 'festvox-italp16k',
    name: 'lp_diphone',
    recordings: 'italian/lp_diphone/group/lp_diphone.group',
    accent: ACCENTS.italian,
    pitch: 190,
  },
  pc: {
    from: 'festvox-itapc16k',
    name: 'pc_diphone',
    recordings: 'italian/pc_diphone/group/pc_diphone.group',
    accent: ACCENTS.italian,
    pitch: 115,
  },
  dita: {
    from: 'festvox-czech-dita',
    name: 'czech_dita',
    recordings: 'czech/czech_dita/group/dita.group',
    accent: ACCENTS.czech,
    pitch: 200,
  },
  krb: {
    from: 'festvox-czech-krb',
    name: 'czech_krb',
    recordings: 'czech/czech_krb/group/krb.group',
    accent: ACCENTS.czech,
    pitch: 240,
  },
  machac: {
    from: 'festvox-czech-machac',
    name: 'czech_machac',
    recordings: 'czech/czech_machac/group/machac.group',
    accent: ACCENTS.czech,
    pitch: 105,
  },
  ph: {
    from: 'festvox-czech-ph',
    name: 'czech_ph',
    recordings: 'czech/czech_ph/group/ph.group',
    accent: ACCENTS.czech,
    pitch: 110,
  },
  lj: {
    from: 'festvox-suopuhe-lj',
    name: 'suo_fi_lj_diphone',
    recordings: 'finnish/suo_fi_lj_diphone/group/ljlpc.group',
    accent: ACCENTS.finnish,
    pitch: 190,
  },
  mv: {
    from: 'festvox-suopuhe-mv',
    name: 'hy_fi_mv_diphone',
    recordings: 'finnish/hy_fi_mv_diphone/group/mvlpc.group',
    accent: ACCENTS.finnish,
    pitch: 105,
  },
  nsk: {
    from: 'festvox-hi-nsk',
    name: 'hindi_NSK_diphone',
    recordings: 'hindi/hindi_NSK_diphone/group/NSKlpc.group',
    accent: ACCENTS.hindi,
    pitch: 130,
  },
}

const FOLDER = '/usr/share/festival/voices'

/** The Debian packages of all voices. */
export const festivalPackages: readonly string[] = Object.values(FESTIVAL_VOICES).map(({ from }) => from)

/** Whether festival and all voices are there. */
export const festivalIsInstalled = (): boolean =>
  runs('festival') && Object.values(FESTIVAL_VOICES).every(({ recordings }) => existsSync(join(FOLDER, recordings)))

/** Something to say: the phones and where they are, and pitch against the voice's own. */
export interface FestivalRequest {
  readonly phones: readonly WordTiming[]
  readonly pitch: number
}

/** Pairs of sounds that a voice has on record. */
export type Pairs = ReadonlySet<string>

/**
 * The pairs in the index of a festival group file: text lines `a-b start end …` between a header and the recordings.
 *
 * @throws TonyError `missing_dependency` where the voice is not installed.
 */
export function recordedPairs(voice: string): Pairs {
  const { from, recordings } = voiceNamed(voice)
  const path = join(FOLDER, recordings)
  if (!existsSync(path))
    throw new TonyError(
      'missing_dependency',
      `festival/${voice} is not installed; run: apt-get install -y festival ${from}`,
    )
  const text = readFileSync(path, 'latin1')
  const count = Number(/^NumEntries (\d+)$/m.exec(text)?.[1])
  const lines = text
    .slice(text.indexOf('EST_Header_End') + 'EST_Header_End\n'.length)
    .split('\n', count)
    .map((line) => line.split(' ', 1)[0]!)
  return new Set(lines)
}

function voiceNamed(name: string): FestivalVoice {
  const voice = FESTIVAL_VOICES[name]
  if (voice === undefined)
    throw new TonyError(
      'invalid',
      `festival: voice '${name}' (expected one of ${Object.keys(FESTIVAL_VOICES).join(', ')})`,
    )
  return voice
}

/** Cost of a pair that is not on record, against one for the next best sound. */
const UNRECORDED = 5

/** A sound with its length in seconds. */
export interface Sound {
  readonly name: string
  readonly seconds: number
}

/**
 * The sounds that stand for `phones`: of all choices the one with the fewest pairs that are not on record and the nearest
 * sounds (Viterbi 1967). A phone that has no sound leaves its time to the one before.
 */
export function soundsFor(voice: string, phones: readonly WordTiming[], recorded: Pairs): Sound[] {
  const table = voiceNamed(voice).accent
  interface Path {
    readonly cost: number
    readonly last: string
    readonly sounds: readonly Sound[]
  }
  let paths: readonly Path[] = [{ cost: 0, last: '', sounds: [] }]
  for (const { text, start, end } of phones) {
    const choices = table[text]
    if (choices === undefined) throw new TonyError('internal', `festival: no sound for the phone '${text}'`)
    const next = new Map<string, Path>()
    for (const [rank, choice] of choices.entries()) {
      for (const path of paths) {
        const sounds = [...path.sounds]
        let { cost, last } = path
        cost += rank
        if (choice === '-') {
          const before = sounds.pop()
          if (before !== undefined) sounds.push({ name: before.name, seconds: before.seconds + end - start })
        } else {
          const names = choice.split(' ')
          for (const name of names) {
            if (last !== '' && !recorded.has(`${last}-${name}`)) cost += UNRECORDED
            last = name
            sounds.push({ name, seconds: (end - start) / names.length })
          }
        }
        const best = next.get(last)
        if (best === undefined || cost < best.cost) next.set(last, { cost, last, sounds })
      }
    }
    paths = [...next.values()]
  }
  return [...paths.reduce((best, path) => (path.cost < best.cost ? path : best)).sounds]
}

/** Pitch falls over a sentence from so much above the voice's own to so much below, and rises for a moment at every third vowel or so. */
const DECLINE = 0.13
const RISE = 0.14

/**
 * The spoken requests, at 16 to 32 kHz, in one run of festival.
 *
 * @throws TonyError `missing_dependency` where festival is not installed, `io` where it fails.
 */
export function speakWithFestival(
  rng: Rng,
  voice: string,
  requests: readonly FestivalRequest[],
  recorded: Pairs,
): { samples: Float32Array; sampleRate: number }[] {
  const { name, pitch: usual } = voiceNamed(voice)
  const folder = mkdtempSync(join(tmpdir(), 'tony-festival-'))
  try {
    const program = requests.map(({ phones, pitch }, i) => {
      const sounds = soundsFor(voice, phones, recorded)
      const total = sounds.reduce((sum, { seconds }) => sum + seconds, 0)
      let at = 0
      const segments = sounds.map(({ name: sound, seconds }) => {
        const share = at / total
        at += seconds
        const accented = /^[aeiouy@7&]/i.test(sound) && rng.next() < 0.35 ? 1 + RISE * rng.next() : 1
        const hertz = usual * pitch * (1 + DECLINE - 2 * DECLINE * share) * accented * (1 + 0.015 * rng.normal())
        return `(${sound} ${seconds.toFixed(4)} (${(seconds / 2).toFixed(4)} ${hertz.toFixed(1)}))`
      })
      return `(say "${join(folder, `${i}.wav`)}" '(${segments.join(' ')}))`
    })
    const file = join(folder, 'say.scm')
    writeFileSync(
      file,
      `(voice_${name})
(define (say file segments)
  (set! utt (eval (list 'Utterance 'Segments segments)))
  (utt.synth utt)
  (utt.save.wave utt file 'riff))
${program.join('\n')}\n`,
    )
    const { error, status, stderr } = spawnSync('festival', ['-b', file], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    if (error !== undefined)
      throw new TonyError('missing_dependency', 'festival is not installed; run: apt-get install -y festival')
    return requests.map((_, i) => {
      const sound = join(folder, `${i}.wav`)
      if (!existsSync(sound))
        throw new TonyError('io', `festival/${voice}: no sound (exit ${status}): ${stderr.slice(-300)}`)
      return parseWav(new Uint8Array(readFileSync(sound)))
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
