import type { PromptBody, PromptStored } from '@tony/server/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryKeeper } from './kept.ts'
import { PromptDesk } from './prompt-desk.ts'
import { ApiFailure } from './wire.ts'

const stored: PromptStored = { id: 'prompt_1', suggested_use_case: 'chat', split: 'train' }
const refuse = (status: number, code: string) => async (): Promise<never> => {
  throw new ApiFailure(status, code, `status ${status}`)
}

describe('the desk for prompts', () => {
  it('keeps what is written, for its account alone, until it is stored', async () => {
    const keeper = new MemoryKeeper()
    const sent: PromptBody[] = []
    const send = async (body: PromptBody) => {
      sent.push(body)
      return stored
    }
    const first = new PromptDesk('ben', keeper, send)
    first.change({ kind: 'user-based', useCase: 'chat' })
    first.change({ text: 'Greet me.' })
    const other = new PromptDesk('cleo', keeper, send)
    await other.begin()
    expect(other.draft.value.text).toBe('')
    const again = new PromptDesk('ben', keeper, send)
    await again.begin()
    expect(again.draft.value).toEqual(first.draft.value)
    expect(await again.submit()).toEqual(stored)
    expect(sent).toEqual([{ kind: 'user-based', text: 'Greet me.', examples: [], use_case: 'chat' }])
    expect(again.draft.value).toMatchObject({ kind: 'user-based', text: '' })
    expect(await keeper.draft('prompt of ben')).toBeUndefined()
  })

  it('does not put what was kept over what is typed meanwhile', async () => {
    const keeper = new MemoryKeeper()
    await keeper.putDraft({ id: 'prompt of ben', revision: 0, draft: { text: 'old' } })
    const desk = new PromptDesk('ben', keeper, async () => stored)
    const beginning = desk.begin()
    desk.change({ text: 'new' })
    await beginning
    expect(desk.draft.value.text).toBe('new')
  })

  it('loses nothing when the connection breaks, and says that the prompt may have arrived', async () => {
    const keeper = new MemoryKeeper()
    let answer: () => Promise<PromptStored> = refuse(0, 'offline')
    const desk = new PromptDesk('ben', keeper, () => answer())
    desk.change({ text: 'Greet me.' })
    expect(await desk.submit()).toBeUndefined()
    expect(desk.problem.value).toMatch(/kept in this browser/)
    expect((await keeper.draft('prompt of ben'))?.draft).toMatchObject({ text: 'Greet me.' })
    answer = refuse(409, 'duplicate')
    expect(await desk.submit()).toBeUndefined()
    expect(desk.problem.value).toMatch(/perhaps this very one/)
    expect(desk.draft.value.text).toBe('Greet me.')
    await desk.clear()
    desk.change({ text: 'Another.' })
    await desk.submit()
    expect(desk.problem.value).toBe('status 409')
  })

  it('does not send what is not complete', async () => {
    const desk = new PromptDesk('ben', new MemoryKeeper(), refuse(500, ''))
    expect(await desk.submit()).toBeUndefined()
    expect(desk.missing.value).toMatchObject({ field: 'text' })
    expect(desk.problem.value).toBeNull()
    desk.change({ text: 'x' })
    expect(desk.missing.value).toBeNull()
  })
})
