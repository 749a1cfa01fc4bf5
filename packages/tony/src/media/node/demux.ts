/** @file Opening sound and video containers. */
import { ALL_FORMATS, BufferSource, FLAC, Input } from 'mediabunny'
import { TonyError } from '../../util/errors.ts'

/** All but FLAC: on a file that ends within its first frame mediabunny 1.61 looks for the next one for ever. */
const FORMATS = ALL_FORMATS.filter((format) => format !== FLAC)

/**
 * Opens the container in `bytes`, hands it to `use`, and closes it again.
 *
 * @throws TonyError `unsupported` if the container is of no known kind.
 */
export async function withInput<T>(what: string, bytes: Uint8Array, use: (input: Input) => Promise<T>): Promise<T> {
  const input = new Input({ source: new BufferSource(bytes), formats: FORMATS })
  try {
    if (!(await input.canRead())) throw new TonyError('unsupported', `${what}: the file is of an unknown kind`)
    return await use(input)
  } finally {
    input.dispose()
  }
}
