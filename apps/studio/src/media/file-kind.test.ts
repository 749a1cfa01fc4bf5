import { describe, expect, it } from 'vitest'
import { fileKind, isAnimatedGif } from './file-kind.ts'

const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0]
const gif = (frames: number): Uint8Array =>
  Uint8Array.from([
    ...new TextEncoder().encode('GIF89a'),
    ...new Array(7).fill(0),
    ...new Array(frames).fill([...control, 0x2c, 1, 2, 3]).flat(),
    0x3b,
  ])

describe('fileKind', () => {
  it('goes by type, then by name', () => {
    expect(fileKind({ name: 'a', type: 'image/png' })).toBe('image')
    expect(fileKind({ name: 'a.txt', type: 'audio/mpeg' })).toBe('audio')
    expect(fileKind({ name: 'Clip.MP4', type: '' })).toBe('video')
    expect(fileKind({ name: 'a.b.flac', type: 'application/octet-stream' })).toBe('audio')
  })

  it('knows what it does not know', () => {
    expect(fileKind({ name: 'notes.txt', type: 'text/plain' })).toBeUndefined()
    expect(fileKind({ name: '', type: '' })).toBeUndefined()
    expect(fileKind({ name: 'constructor', type: '' })).toBeUndefined()
  })
})

describe('isAnimatedGif', () => {
  it('counts frames', () => {
    expect(isAnimatedGif(gif(1))).toBe(false)
    expect(isAnimatedGif(gif(2))).toBe(true)
    expect(isAnimatedGif(gif(2).slice(1))).toBe(false)
    expect(isAnimatedGif(new Uint8Array())).toBe(false)
  })
})
