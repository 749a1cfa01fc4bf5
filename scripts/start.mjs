// `npm start [-- options of tony serve]`: installs, builds the page and serves the model, whatever of it is needed.
import { buildStudio, checkNode, install, root, runChild, sourceOptions } from './setup.mjs'

checkNode()
install()
buildStudio()
process.exitCode = await runChild(process.execPath, [
  ...sourceOptions,
  `${root}/packages/cli/src/main.ts`,
  'serve',
  ...process.argv.slice(2),
])
