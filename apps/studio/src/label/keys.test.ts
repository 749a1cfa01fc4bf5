import { describe, expect, it } from 'vitest'
import { chordOf } from './keys.ts'

describe('a key', () => {
  const event = { key: '', code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }

  it('has one name on every keyboard', () => {
    expect(chordOf({ ...event, key: '!', code: 'Digit1', shiftKey: true })).toBe('Shift+1')
    expect(chordOf({ ...event, key: '1', code: 'Numpad1' })).toBe('1')
    expect(chordOf({ ...event, key: 'J', code: 'KeyJ', shiftKey: true })).toBe('j')
    expect(chordOf({ ...event, key: '?', code: 'Minus', shiftKey: true })).toBe('?')
    expect(chordOf({ ...event, key: 'Enter', code: 'Enter', metaKey: true })).toBe('Ctrl+Enter')
    expect(chordOf({ ...event, key: 'ArrowUp', code: 'ArrowUp', shiftKey: true })).toBe('Shift+ArrowUp')
    expect(chordOf({ ...event, key: 'j', code: 'KeyJ', altKey: true })).toBeUndefined()
  })
})
