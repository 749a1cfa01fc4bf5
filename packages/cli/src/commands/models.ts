/** @file `tony models`. */
import { listModels } from '../model-folder.ts'
import type { Terminal } from '../terminal.ts'
import { table } from '../ui/table.ts'

/** Lists the models at hand. */
export async function models({ stdout }: Terminal): Promise<number> {
  const found = await listModels()
  if (found.length === 0) stdout.write('no model under models/; `tony train <recipe>` makes one\n')
  else
    stdout.write(
      table(
        ['model', 'size', 'folder'],
        found.map(({ name, bytes, folder }) => [name, `${(bytes / 1e6).toFixed(1)} MB`, folder]),
      ),
    )
  return 0
}
