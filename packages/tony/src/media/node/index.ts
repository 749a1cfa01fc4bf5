/** @file Media files on Node. Every broken, huge or unknown file gives one clear `TonyError`. */
export { decodeAudio } from './audio.ts'
export { decodeImage, encodePng } from './image.ts'
export type { MediaLimits } from './limits.ts'
export { decodeVideo, type VideoOptions } from './video.ts'
