/** @file Prompts and answers as people read, hear and see them. */
import type { PromptObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import type { Piece } from '../answer.ts'
import { MarkdownView } from './markdown-view.tsx'
import { SoundView } from './sound-view.tsx'
import { zoomedPicture } from './zoom.tsx'

/** The turns of a prompt. */
export type Turns = PromptObject['messages']

/** Where the files of what is shown are. */
export type MediaAddress = (sha256: string) => string

/** The parts of a turn or an answer; `name` says whose sound or picture it is. */
export function Pieces(props: {
  readonly content: readonly Piece[]
  readonly media: MediaAddress
  readonly name: string
}): JSX.Element {
  const { content, media, name } = props
  return (
    <>
      {content.map((piece, i) => {
        if (piece.type === 'text') return <MarkdownView key={i} text={piece.text} />
        const url = media(piece.sha256)
        if (piece.type === 'audio') return <SoundView key={i} url={url} name={`the sound of ${name}`} />
        return (
          <button
            key={i}
            type="button"
            class="picture"
            aria-label={`Show large: the picture of ${name}`}
            onClick={() => {
              zoomedPicture.value = { url, name: `Picture of ${name}` }
            }}
          >
            <img src={url} alt={`Of ${name}`} />
          </button>
        )
      })}
    </>
  )
}

const roles = { system: 'Instruction', user: 'User', assistant: 'Assistant' } as const

/** What the answers are to. */
export function PromptView({ prompt, media }: { readonly prompt: Turns; readonly media: MediaAddress }): JSX.Element {
  return (
    <section class="prompt" aria-label="Prompt">
      {prompt.map(({ role, content }, i) => (
        <div class={`prompt-turn prompt-${role}`} key={i}>
          <h3>{roles[role]}</h3>
          <div class="pieces">
            <Pieces content={content} media={media} name={prompt.length === 1 ? 'the prompt' : `turn ${i + 1}`} />
          </div>
        </div>
      ))}
    </section>
  )
}

/** The address of the first sound or picture in an answer. */
export function firstFile(content: readonly Piece[], type: 'audio' | 'image', media: MediaAddress): string | undefined {
  const found = content.find((piece) => piece.type === type)
  return found === undefined || found.type === 'text' ? undefined : media(found.sha256)
}
