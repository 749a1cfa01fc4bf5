/** @file Files from the user as parts of a message. */
import { decodeMono } from '../sound/decode.ts'
import { floatToPcm16, WIRE_RATE } from '../sound/pcm.ts'
import type { AudioPart, ImagePart, Part, VideoPart } from '../store/types.ts'
import { Failure } from '../wire/failure.ts'
import { fileKind, isAnimatedGif } from './file-kind.ts'

/** The server takes 32 MiB in one request, and base64 makes a third more of a file. */
const MAX_BYTES = 20 * 2 ** 20
/** Larger pictures are made smaller: the model looks at far fewer pixels. */
const MAX_SIDE = 1024
const SENT_AS_IS: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']

/** Reads one file. @throws Failure with a sentence for the user. */
export async function readFile(file: File): Promise<Part> {
  const kind = fileKind(file)
  if (kind === undefined) {
    throw new Failure('input', `“${file.name}” is not a picture, a sound or a film, which is what Tony can take.`)
  }
  if (file.size === 0) throw new Failure('input', `“${file.name}” is empty.`)
  if (file.size > MAX_BYTES) {
    throw new Failure('input', `“${file.name}” has ${Math.ceil(file.size / 2 ** 20)} MB; files may have up to 20 MB.`)
  }
  return readers[kind](file)
}

const readers: Readonly<Record<'image' | 'audio' | 'video', (file: File) => Promise<Part>>> = {
  image: readImage,
  audio: readAudio,
  video: readVideo,
}

async function readImage(file: File): Promise<ImagePart | VideoPart> {
  if (file.type === 'image/gif' && isAnimatedGif(new Uint8Array(await file.arrayBuffer()))) {
    return { kind: 'video', blob: file, name: file.name }
  }
  const image = await loadImage(file)
  const side = Math.max(image.naturalWidth, image.naturalHeight)
  if (SENT_AS_IS.includes(file.type) && side <= MAX_SIDE) return { kind: 'image', blob: file, name: file.name }
  // A vector picture without a size of its own gets one.
  const scale = side === 0 ? 1 : Math.min(1, MAX_SIDE / side)
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round((image.naturalWidth || 512) * scale))
  canvas.height = Math.max(1, Math.round((image.naturalHeight || 512) * scale))
  const context = canvas.getContext('2d')!
  const type = file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.9))
  if (blob === null) throw new Failure('input', `“${file.name}” could not be read as a picture.`)
  return { kind: 'image', blob, name: file.name }
}

async function loadImage(file: File): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = URL.createObjectURL(file)
  try {
    await image.decode()
    return image
  } catch {
    throw new Failure('input', `“${file.name}” could not be read as a picture.`)
  } finally {
    URL.revokeObjectURL(image.src)
  }
}

/** Any sound that the browser can decode, as 24 kHz mono. */
async function readAudio(file: File): Promise<AudioPart> {
  let mono: Float32Array
  try {
    mono = await decodeMono(await file.arrayBuffer(), WIRE_RATE)
  } catch {
    throw new Failure('input', `“${file.name}” could not be read as sound.`)
  }
  return { kind: 'audio', samples: floatToPcm16(mono), rate: WIRE_RATE, transcript: '', name: file.name }
}

async function readVideo(file: File): Promise<VideoPart> {
  const blob = file.type === '' ? new Blob([file], { type: 'video/mp4' }) : file
  return { kind: 'video', blob, name: file.name }
}
