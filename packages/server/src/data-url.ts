/** @file Base64 and data URLs from outside. */
import { invalid, quote } from './errors.ts'

/** A data URL taken apart. */
export interface DataUrl {
  /** Lower case, without parameters; empty if the URL names none. */
  readonly mime: string
  readonly bytes: Uint8Array
}

/** Decodes base64. @throws ApiError 400 for anything that is not base64 or is empty. */
export function decodeBase64(text: string, param: string): Uint8Array {
  const plain = /\s/.test(text) ? text.replace(/\s+/g, '') : text
  if (plain === '') throw invalid(`${param} is empty.`, param)
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.replace(/=+$/, '').length % 4 === 1) {
    throw invalid(`${param} is not valid base64.`, param)
  }
  return Buffer.from(plain, 'base64')
}

/** Takes a base64 data URL apart. Addresses are refused: the server fetches nothing. @throws ApiError 400. */
export function parseDataUrl(url: string, param: string): DataUrl {
  if (/^https?:/i.test(url)) {
    throw invalid(
      `${param} is an address, which this server does not fetch; send the file itself as a data URL (data:image/png;base64,...).`,
      param,
      'unsupported_url',
    )
  }
  const comma = url.slice(0, 512).indexOf(',')
  const head = url.slice(0, Math.max(0, comma))
  if (!/^data:/i.test(head) || !/;base64$/i.test(head)) {
    throw invalid(
      `${param} is ${quote(url.slice(0, 60))}, expected a data URL (data:image/png;base64,...).`,
      param,
      'invalid_url',
    )
  }
  return {
    mime: head.slice(5).split(';')[0]!.trim().toLowerCase(),
    bytes: decodeBase64(url.slice(comma + 1), param),
  }
}

/** Bytes as base64, without copying them first. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Bytes as a data URL. */
export function toDataUrl(mime: string, bytes: Uint8Array): string {
  return `data:${mime};base64,${toBase64(bytes)}`
}
