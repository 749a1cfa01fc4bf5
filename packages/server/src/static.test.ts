import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeAssistant, fakeMedia } from '../../../test/helpers/fake-assistant.ts'
import { createApp } from './app.ts'
import type { App } from './context.ts'

const base = mkdtempSync(join(tmpdir(), 'tony-static-'))
const studioDir = join(base, 'site')
let app: App

beforeAll(() => {
  mkdirSync(join(studioDir, 'assets'), { recursive: true })
  mkdirSync(join(base, 'site-secret'))
  writeFileSync(join(studioDir, 'index.html'), '<!doctype html>')
  writeFileSync(join(studioDir, 'assets', 'app-1a2b.js'), 'export {}')
  writeFileSync(join(studioDir, '.env'), 'secret')
  writeFileSync(join(base, 'secret.txt'), 'secret')
  writeFileSync(join(base, 'site-secret', 'x.txt'), 'secret')
  symlinkSync(join(base, 'secret.txt'), join(studioDir, 'link.txt'))
  app = createApp({ assistant: createFakeAssistant(), media: fakeMedia, studioDir })
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const get = async (path: string, init?: RequestInit): Promise<Response> => app.request(`http://localhost${path}`, init)

describe('static files', () => {
  it('serves the page, never cached without asking', async () => {
    const response = await get('/')
    expect([response.status, await response.text()]).toEqual([200, '<!doctype html>'])
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const again = await get('/index.html', { headers: { 'if-none-match': response.headers.get('etag')! } })
    expect(again.status).toBe(304)
  })

  it('serves assets for ever', async () => {
    const response = await get('/assets/app-1a2b.js?x=1')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(response.headers.get('cache-control')).toContain('immutable')
  })

  it('answers HEAD with headers only', async () => {
    const response = await get('/', { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '15', ''])
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..%2fsite-secret/x.txt',
    '/.env',
    '/link.txt',
    '/assets',
    '/%00',
    '/%ff',
    '//etc/passwd',
    '/none.html',
  ])('does not serve %s', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'unknown_url' } })
  })

  it('leaves the API alone', async () => {
    expect((await get('/v1/models')).status).toBe(200)
    expect((await get('/v1/nowhere')).status).toBe(404)
  })

  it('may be missing altogether', async () => {
    const bare = createApp({ assistant: createFakeAssistant(), media: fakeMedia, studioDir: join(base, 'nowhere') })
    expect((await bare.request('http://localhost/')).status).toBe(404)
  })
})
