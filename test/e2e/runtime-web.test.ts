/** @file The browser's runtime in a real Chromium, against the same programs on Node. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { nodeRuntime } from 'tony/runtime/node'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RuntimePage } from '../helpers/runtime-web-page.ts'
import { probe, type TinyRun, trainAndDecode } from '../helpers/tiny-gpt.ts'
import { browserSuite, chromiumMissing } from './studio-browser.ts'

declare const tony: RuntimePage

const chromiumPath = process.env['TONY_CHROMIUM'] ?? '/usr/bin/chromium'
/** Milliseconds: SwiftShader computes on the processor, which other tests use too. */
const patience = 300_000
const sizes = { steps: 6, decode: 4 }
const ortFolder = resolve('node_modules/onnxruntime-web/dist')

describe.skipIf(chromiumMissing)(browserSuite('ONNX Runtime in the browser'), { timeout: patience }, () => {
  let server: Server
  let browser: Browser
  let page: Page
  let expected: TinyRun
  let url: string
  let folder: string

  beforeAll(async () => {
    const script = await bundle('test/helpers/runtime-web-page.ts')
    folder = await mkdtemp(join(tmpdir(), 'tony-web-'))
    await build({ root: resolve('examples/browser'), logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
    server = createServer(
      (request, response) =>
        void serve(script, folder, request.url ?? '/').then(
          ([type, body]) => response.writeHead(200, { ...isolation, 'content-type': type }).end(body),
          () => response.writeHead(404).end(),
        ),
    )
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath: chromiumPath, args: flags, timeout: patience })
    page = await browser.newPage()
    page.setDefaultTimeout(patience)
    await page.goto(url)
    await page.waitForFunction(() => 'tony' in globalThis)
    expected = await trainAndDecode(nodeRuntime, sizes)
  }, patience)

  afterAll(async () => {
    await browser?.close()
    server?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }, patience)

  it('trains and decodes on WebAssembly in two threads as on Node', async () => {
    // Measured: losses 1e-6, gradient norms 2.5e-5, logits 1.1e-5 apart.
    compare(await page.evaluate((s) => tony.train('cpu', s), sizes), expected, { loss: 2e-5, norm: 1e-3, logits: 5e-4 })
    expect(page.workers().length).toBe(1)
  })

  it('takes and gives tensors of every type, fills given ones and refuses what Node refuses', async () => {
    expect(await probe(nodeRuntime)).toEqual(probed)
    expect(await page.evaluate(() => tony.probe('cpu'))).toEqual(probed)
  })

  it('says that a browser writes no profile', async () => {
    expect(await page.evaluate(() => tony.failure('cpu', 'trace'))).toBe(
      'TonyError: runtime: a browser cannot write the profile trace; profile the program on Node',
    )
  })

  it('trains and decodes on WebGPU as on Node', async (context) => {
    if (!(await page.evaluate(() => tony.adapter()))) {
      expect(await page.evaluate(() => tony.failure('webgpu'))).toContain('this browser offers no WebGPU adapter')
      context.skip('Chromium has no WebGPU adapter here, not even SwiftShader')
    }
    expect(await page.evaluate(() => tony.submissions())).toBe(0)
    // Measured on SwiftShader: losses 3.2e-6, gradient norms 1.1e-4, logits 1.7e-5 apart.
    compare(await page.evaluate((s) => tony.train('webgpu', s), sizes), expected, {
      loss: 5e-5,
      norm: 2e-3,
      logits: 1e-3,
    })
    expect(await page.evaluate(() => tony.probe('webgpu'))).toEqual(probed)
    // The work was done there, not by the processor that takes over what the GPU cannot do.
    expect(await page.evaluate(() => tony.submissions())).toBeGreaterThan(sizes.steps)
  })

  it('trains in the example, whose bundler finds the WebAssembly by itself', async () => {
    const example = await browser.newPage()
    example.setDefaultTimeout(patience)
    await example.goto(`${url}/example/index.html`)
    await example.getByRole('button', { name: 'Train' }).click()
    const status = example.locator('#status')
    await status.filter({ hasText: /^step [3-9]\d*, loss/ }).waitFor()
    expect(await status.textContent()).toMatch(/^step \d+, loss [0-3]\.\d+, \d+ ms per step$/)
    await example.getByRole('button', { name: 'Stop' }).click()
    expect(await status.textContent()).toMatch(/^stopped after \d+ steps$/)
    await example.close()
  })
})

/** What `probe` gives on every runtime. */
const probed = {
  outputs: {
    float32: ['float32', [3], ['1.5', '0', '3.5']],
    int32: ['int32', [3], ['2', '-4', '6']],
    int64: ['int64', [3], ['1099511627777', '-7', '3']],
    bool: ['bool', [3], ['0', '1', '0']],
    uint8: ['uint8', [3], ['251', '2', '12']],
  },
  into: [['bool', 'float32'], true, true, [1.5, 0, 3.5]],
  together: [
    [2, -4, 6],
    [2, -4, 6],
  ],
  missing: "TonyError: runtime: input 'x' is missing; the program takes b, x, i, l, u",
  broken: 'TonyError: runtime: ONNX Runtime cannot load the model',
}

/** SwiftShader, a Vulkan device in software, stands in for a graphics card. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]

/** Without these a page has no shared memory and WebAssembly no threads. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    // The last condition leaves ONNX Runtime's WebAssembly out of the bundle: the page says where it is.
    resolve: { conditions: ['@tony/source', 'module', 'browser', 'onnxruntime-web-use-extern-wasm'] },
    build: {
      write: false,
      target: 'es2023',
      minify: false,
      lib: { entry: resolve(entry), formats: ['es'], fileName: 'page' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const [chunk] = (Array.isArray(result) ? result[0]! : (result as never as { output: { code: string }[] })).output
  return (chunk as { code: string }).code
}

async function serve(script: string, folder: string, url: string): Promise<[type: string, body: string | Buffer]> {
  if (url === '/')
    return ['text/html', '<!doctype html><title>Tony</title><script type="module" src="/page.js"></script>']
  if (url === '/page.js') return ['text/javascript', script]
  const name = basename(new URL(url, 'http://localhost').pathname)
  const path = url.startsWith('/ort/')
    ? join(ortFolder, name)
    : join(folder, url.startsWith('/example/assets/') ? 'assets' : '', name)
  const types: Record<string, string> = { wasm: 'application/wasm', html: 'text/html' }
  return [types[name.split('.').at(-1)!] ?? 'text/javascript', await readFile(path)]
}

function compare(got: TinyRun, expected: TinyRun, tolerance: { loss: number; norm: number; logits: number }): void {
  const distance = (a: readonly number[], b: readonly number[]): number => {
    expect(a.length).toBe(b.length)
    return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
  }
  // It has learnt something: the comparison is not one of two models that stand still.
  expect(got.losses.at(-1)!).toBeLessThan(got.losses[0]! - 0.5)
  expect(distance(got.losses, expected.losses)).toBeLessThan(tolerance.loss)
  expect(distance(got.norms, expected.norms)).toBeLessThan(tolerance.norm)
  expect(got.tokens).toEqual(expected.tokens)
  expect(distance(got.logits, expected.logits)).toBeLessThan(tolerance.logits)
}
