/** @file `npm run -s bench -- NAME [options]`: runs one benchmark; the last line that it prints is JSON. */
import { refuse } from '../recipes/program.ts'

const benches: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<void> }>>> = {
  train: () => import('./train.ts'),
  decode: () => import('./decode.ts'),
  nano: () => import('./nano/main.ts'),
  card: () => import('./card.ts'),
  voice: () => import('./voice.ts'),
  codec: () => import('./codec.ts'),
  hearing: () => import('./hearing.ts'),
  sight: () => import('./sight.ts'),
  ppo: () => import('./ppo.ts'),
  'random-walks': () => import('./random-walks.ts'),
  'hh-reward': () => import('./hh-reward.ts'),
  bpe: () => import('./bpe.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const load = benches[name]
if (load === undefined) refuse(`bench: no benchmark '${name}'; there are ${Object.keys(benches).join(', ')}`)
await (await load()).main(args)
