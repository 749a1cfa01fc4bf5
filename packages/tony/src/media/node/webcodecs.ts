/** @file The optional decoder for what has no small one: AAC, and all video. */
import { TonyError } from '../../util/errors.ts'

/** The WebCodecs classes for Node. */
export type WebCodecs = typeof import('@napi-rs/webcodecs')

/**
 * Loads WebCodecs for Node.
 *
 * It is an optional peer for two reasons: 66 MB, and its prebuilt binaries contain x264, which is under the GPL.
 *
 * @param what the thing that needs it, for the message.
 * @throws TonyError `missing_dependency` where it is not installed, with the command that installs it.
 */
export async function loadWebCodecs(what: string): Promise<WebCodecs> {
  try {
    return await import('@napi-rs/webcodecs')
  } catch (cause) {
    throw new TonyError(
      'missing_dependency',
      `${what} needs a package that is not installed; run npm install @napi-rs/webcodecs@1.3.1`,
      { cause },
    )
  }
}
