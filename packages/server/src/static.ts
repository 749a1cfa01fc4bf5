/** @file Serves the page's built files from one folder. */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { App, AppRequest } from './context.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** The page runs its own files only and talks to its own server only. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "connect-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'permissions-policy': 'microphone=(self), camera=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Isolation lets the page use threads in WebAssembly.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** Adds `GET *` for the files of `dir`; what is not there falls through to the application's 404. */
export function staticRoutes(app: App, dir: string): void {
  app.get('*', async (c, next) => {
    const response = await serveFile(c, dir)
    if (response === undefined) await next()
    return response
  })
}

async function serveFile(c: AppRequest, dir: string): Promise<Response | undefined> {
  const path = safePath(new URL(c.req.url).pathname)
  if (path === undefined) return undefined
  const file = await resolveFile(dir, path)
  if (file === undefined) return undefined
  const etag = `"${file.size.toString(36)}-${Math.round(file.mtimeMs).toString(36)}"`
  const common = {
    ...headers,
    etag,
    // The build puts a hash of the content into the names of its assets.
    'cache-control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
  if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers: common })
  const type = types[extname(file.path).toLowerCase()] ?? 'application/octet-stream'
  const body =
    c.req.method === 'HEAD' ? null : (Readable.toWeb(createReadStream(file.path)) as ReadableStream<Uint8Array>)
  return new Response(body, { headers: { ...common, 'content-type': type, 'content-length': String(file.size) } })
}

/** The path below the folder, or undefined for one that tries to leave it or names a hidden file. */
function safePath(pathname: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  if (/[\0\\]/.test(decoded)) return undefined
  const segments = decoded.split('/').filter((segment) => segment !== '')
  return segments.some((segment) => segment.startsWith('.')) ? undefined : segments.join('/') || 'index.html'
}

async function resolveFile(
  dir: string,
  path: string,
): Promise<{ path: string; size: number; mtimeMs: number } | undefined> {
  try {
    // Links are followed first, so that one cannot lead out of the folder.
    const root = await realpath(dir)
    const real = await realpath(join(root, path))
    if (!real.startsWith(root + sep)) return undefined
    const info = await stat(real)
    return info.isFile() ? { path: real, size: info.size, mtimeMs: info.mtimeMs } : undefined
  } catch {
    return undefined
  }
}
