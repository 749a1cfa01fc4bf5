/** @file What a file is, before it is read. */

/** Kinds of file that Tony takes. */
export type FileKind = 'image' | 'audio' | 'video'

const endings: Readonly<Record<FileKind, string>> = {
  image: 'png jpg jpeg webp gif svg avif bmp',
  audio: 'wav mp3 ogg oga opus flac m4a aac weba',
  video: 'mp4 m4v webm mov',
}

const byEnding: ReadonlyMap<string, FileKind> = new Map(
  (['image', 'audio', 'video'] as const).flatMap((kind) =>
    endings[kind].split(' ').map((ending) => [ending, kind] as const),
  ),
)

/** The kind by type, or by name where the system knows no type. */
export function fileKind(file: { readonly name: string; readonly type: string }): FileKind | undefined {
  const [family] = file.type.split('/')
  if (family === 'image' || family === 'audio' || family === 'video') return family
  return byEnding.get(file.name.split('.').at(-1)?.toLowerCase() ?? '')
}

/** Whether a GIF moves: it then has a graphic control extension before each of several frames. */
export function isAnimatedGif(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x47 || bytes[1] !== 0x49 || bytes[2] !== 0x46) return false
  let frames = 0
  for (let i = 6; i + 7 < bytes.length; i++) {
    // 21 F9 04 …four bytes… 00, then an image descriptor or another extension
    if (bytes[i] === 0x21 && bytes[i + 1] === 0xf9 && bytes[i + 2] === 4 && bytes[i + 7] === 0) frames++
    if (frames > 1) return true
  }
  return false
}
