/** @file Other ways to ask about pictures than the endpoints': in wordings and voices that were not in training. */
import { unseenWordings, wordings } from '../../packages/tony/src/data/prompts.ts'
import type { Part } from '../../packages/tony/src/media/types.ts'
import type { Setting } from './setting.ts'
import { sound, text } from './subject.ts'

export type Question = 'name' | 'read' | 'motion'

/** A way to ask: what is said to the i-th picture, and how the answer is wanted. */
export interface Way {
  readonly note: string
  readonly ask: (i: number) => Part
  readonly as: 'text' | 'audio'
}

/** Ways to ask a question about a picture; those with sound only where recipes/build-speech.ts --corpus speech-pictures has run. */
export function waysToAsk(setting: Setting, question: Question, first: string): readonly Way[] {
  const unseen = askedAloud(setting, question)
  return [
    { note: 'a wording never trained', ask: () => text(unseenWordings[question]), as: 'text' },
    { note: 'answered aloud, its words', ask: () => text(first), as: 'audio' },
    ...(unseen.length === 0
      ? []
      : [
          {
            note: 'asked aloud by a voice never trained',
            ask: (i: number) => sound(unseen[i % unseen.length]!.samples),
            as: 'text' as const,
          },
        ]),
  ]
}

/** The question as the voice that was never trained asks it; none where recipes/build-speech.ts --corpus speech-pictures has not run. */
export const askedAloud = (setting: Setting, question: Question): { readonly samples: Float32Array }[] =>
  clips(setting, `u${question}-`)

/** The name that each request to draw asks for, in every wording of training. */
export const drawingRequests = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(names.flatMap((name) => wordings.draw.map((request) => [request(name), name] as const)))

/** Requests for drawings of some things: what is asked for, and the request. */
export function requestsToDraw(
  setting: Setting,
  names: readonly string[],
): readonly { readonly note: string; readonly requests: readonly { readonly name: string; readonly ask: Part }[] }[] {
  const thingOf = drawingRequests(names)
  const aloud = clips(setting, 'udraw-').flatMap(({ text, samples }) => {
    const name = thingOf.get(text)
    return name === undefined ? [] : [{ name, ask: sound(samples) }]
  })
  return [
    {
      note: 'in a wording never trained',
      requests: names.map((name) => ({ name, ask: text(unseenWordings.draw(name)) })),
    },
    ...(aloud.length === 0 ? [] : [{ note: 'asked aloud by a voice never trained', requests: aloud }]),
  ]
}

function clips(setting: Setting, prefix: string): { readonly text: string; readonly samples: Float32Array }[] {
  const speech = setting.talk()
  return (speech?.rows ?? [])
    .filter(({ id }) => id.startsWith(prefix))
    .map((row) => ({ text: row.text, samples: speech!.samples(row) }))
}
