/** @file The command table: names, options and help. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { AdminOptions } from './commands/admin.ts'
import type { ChatOptions } from './commands/chat.ts'
import type { ServeOptions } from './commands/serve.ts'
import type { TrainCommandOptions } from './commands/train.ts'
import type { TranscribeOptions } from './commands/transcribe.ts'
import type { TonyDeps } from './deps.ts'
import { sentence } from './errors.ts'

/** Each command is loaded when it runs, so that `tony --help` waits for nothing. */
const load = {
  chat: () => import('./commands/chat.ts'),
  transcribe: () => import('./commands/transcribe.ts'),
  serve: () => import('./commands/serve.ts'),
  admin: () => import('./commands/admin.ts'),
  train: () => import('./commands/train.ts'),
  report: () => import('./commands/report.ts'),
  curves: () => import('./commands/curves.ts'),
  models: () => import('./commands/models.ts'),
}

/** The model that commands use unless told otherwise. */
const DEFAULT_MODEL = 'tony-nano'

/** The folder of accounts, prompts and labels. */
const DEFAULT_STORE = '.tony'

/** Runs one command line and gives its exit status; a failure is one sentence on standard error. */
export async function runTony(args: readonly string[], deps: TonyDeps): Promise<number> {
  const { terminal } = deps
  let status = 0
  const program = commandTable(deps, (code) => {
    status = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    // Commander has written its sentence already.
    if (error instanceof CommanderError) return error.exitCode
    terminal.stderr.write(`${sentence(error, terminal.env)}\n`)
    return 1
  }
}

/** Options of all that trains. */
function trainingOptions(command: Command): Command {
  return command
    .option('--data <folder>', 'data set of the recipe')
    .option('--steps <n>', 'last step', whole(1, 1e9))
    .option('--seed <n>', 'same seed, same machine: same losses', whole(0, 2 ** 31))
    .option('--out <folder>', 'checkpoint, log and curves (default: runs/<name of the recipe>)')
    .option('--set <name=value>', "another option of the recipe's plan (may be repeated)", collect, [])
    .option('--log-every <n>', 'steps between progress reports', whole(1, 1e6))
    .option('--checkpoint-every <n>', 'steps between checkpoints', whole(1, 1e6))
    .option('--threads <n>', 'threads of one run (default: all cores)', whole(1, 1024))
}

function commandTable(deps: TonyDeps, done: (status: number) => void): Command {
  const { terminal } = deps
  const program = new Command('tony')
    .description('Train, talk to and serve an omni assistant.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) =>
        write(
          `${text
            .replace(/^error: /, 'tony: ')
            .trim()
            .replaceAll('\n', ' ')}\n`,
        ),
    })

  program
    .command('chat')
    .description('talk in the terminal; without one, answer each line of standard input with one line')
    .option('--model <name>', 'name under models/, or a folder', DEFAULT_MODEL)
    .option('--once [text]', 'one question, one answer, then stop')
    .option('--system <text>', 'what the model should know first')
    .option('--image <file>', 'send a picture with the first message (may be repeated)', collect, [])
    .option('--audio <file>', 'send a recording with the first message (may be repeated)', collect, [])
    .option('--video <file>', 'send a video with the first message (may be repeated)', collect, [])
    .option('--speech', 'answer in speech too; the sound is written to a WAV file', false)
    .option('--out <folder>', 'where WAV and PNG files go', 'runs/chat')
    .option('--max-tokens <n>', 'longest answer in positions', whole(1, 1e6))
    .option('--temperature <x>', '0 always takes the likeliest word', number(0, 2))
    .option('--seed <n>', 'same seed, same answer', whole(0, Number.MAX_SAFE_INTEGER))
    .action(async (options: ChatOptions) => done(await (await load.chat()).chat(options, deps)))

  program
    .command('transcribe <files...>')
    .description('write down what is said in recordings, a line for each')
    .option('--model <name>', 'name under models/, or a folder', DEFAULT_MODEL)
    .option('--json', 'a line of JSON for each, with the log-probability of each token', false)
    .action(async (files: string[], options: TranscribeOptions) =>
      done(await (await load.transcribe()).transcribe(files, options, deps)),
    )

  program
    .command('serve')
    .description('serve the page and the OpenAI-compatible API')
    .option('--model <name>', 'name under models/, or a folder', DEFAULT_MODEL)
    .option('--port <n>', 'port, 0 for a free one (default: TONY_PORT or 8710)', whole(0, 65535))
    .option(
      '--host <name>',
      'address to listen on (default: TONY_HOST or 127.0.0.1); others than this machine need keys',
    )
    .option('--keys-file <file>', 'API keys, one per line, plain or sha256:HEX (default: TONY_API_KEYS_FILE)')
    .option('--studio <folder>', 'folder of the built page')
    .option('--store <folder>', 'accounts, prompts and labels (the database in it, or DATABASE_URL)', DEFAULT_STORE)
    .action(async (options: ServeOptions) => done(await (await load.serve()).serve(options, deps)))

  program
    .command('admin <name>')
    .description('make an account that may do everything; the password is the first line of standard input')
    .option('--store <folder>', 'as for serve', DEFAULT_STORE)
    .action(async (name: string, options: AdminOptions) =>
      done(await (await load.admin()).admin(name, options, terminal)),
    )

  trainingOptions(
    program
      .command('train <recipe>')
      .description('train recipes/<recipe>.ts (or a file); the same command resumes, Ctrl-C saves and stops'),
  ).action(async (recipe: string, options: TrainCommandOptions) =>
    done(await (await load.train()).trainRecipe(recipe, options, terminal)),
  )

  trainingOptions(
    program
      .command('align <stage>')
      .description(
        'sft, rm, ppo, dpo or grpo: train recipes/align/<stage>.ts as `train` does; report: draw what was measured',
      ),
  ).action(async (stage: string, options: TrainCommandOptions) =>
    done(
      stage === 'report'
        ? await (await load.report()).alignReport(options, terminal)
        : await (await load.train()).trainRecipe(`align/${stage}`, options, terminal),
    ),
  )

  program
    .command('curves <run>')
    .description('draw the curves of a run folder from its log.jsonl: curves.html and curves.png')
    .action(async (run: string) => done(await (await load.curves()).curves(run, terminal)))

  program
    .command('models')
    .description('list the models at hand')
    .action(async () => done(await (await load.models()).models(terminal)))

  return program
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value]
}

function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`)
  }
}

function number(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= low && value <= high) return value
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`)
  }
}
