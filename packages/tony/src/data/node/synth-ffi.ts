/** @file The part of koffi (calls into C libraries) that the speech engines use. */
import { TonyError } from '../../util/errors.ts'

/** An address in C memory, as koffi hands it out; null is null. */
export type Pointer = { readonly brand: 'pointer' } | null
/** A C type or a registered callback, as koffi hands it out. */
export interface CType {
  readonly brand: 'ctype'
}

/** A loaded C library. */
export interface CLibrary {
  /** A C function by its declaration, for example `float f(const char *name)`. */
  func<F extends (...args: never[]) => unknown>(declaration: string): F
}

/** koffi. */
export interface Koffi {
  load(name: string): CLibrary
  proto(declaration: string): CType
  pointer(type: CType): CType
  array(type: string, length: number, hint?: 'Typed' | 'Array' | 'String'): CType
  struct(name: string, fields: Readonly<Record<string, string | CType>>): CType
  sizeof(type: CType): number
  register(callback: (...args: never[]) => unknown, type: CType): CType
  decode(pointer: Pointer, type: CType | string): unknown
  decode(pointer: Pointer, offset: number, type: CType | string): unknown
  view(pointer: Pointer, bytes: number): ArrayBuffer
  alloc(type: string, length: number): Pointer
  encode(pointer: Pointer, type: CType | string, value: unknown): void
}

/** Libraries stay open: koffi closes those that are collected, and with them goes the data that C code still points to. */
const OPEN: CLibrary[] = []

/** Loads a library of a Debian package. */
export function loadLibrary(koffi: Koffi, name: string, debianPackage: string): CLibrary {
  try {
    const library = koffi.load(name)
    OPEN.push(library)
    return library
  } catch (cause) {
    throw new TonyError(
      'missing_dependency',
      `synth: ${name} is not installed; run 'apt-get install ${debianPackage}'`,
      { cause },
    )
  }
}

/** A copy of `length` 16-bit samples at `pointer`. */
export function readSamples(koffi: Koffi, pointer: Pointer, length: number): Int16Array {
  return new Int16Array(koffi.view(pointer, length * 2).slice(0))
}

/** A C string that is never freed, for libraries that keep what they are given. */
export function keptText(koffi: Koffi, text: string): Pointer {
  const bytes = [...new TextEncoder().encode(text), 0]
  const pointer = koffi.alloc('uint8_t', bytes.length)
  koffi.encode(pointer, koffi.array('uint8_t', bytes.length), bytes)
  return pointer
}

/** libc's `srand`, from which the engines take the random part of their sound. */
export function bindSeed(koffi: Koffi): (value: number) => void {
  return loadLibrary(koffi, 'libc.so.6', 'libc6').func('void srand(unsigned int seed)')
}
