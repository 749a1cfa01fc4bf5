/** @file Symmetric quantization in blocks of one row: the arithmetic that ONNX Runtime's MatMulNBits and GGUF's Q4_0 and Q8_0 share. */

export type BlockBits = 4 | 8

/** Codes of row-major data, one byte each and not yet packed, and one scale per block: value = scale · (code - 2^(bits - 1)). */
export interface Blocks {
  readonly codes: Uint8Array
  readonly scales: Float32Array
}

/**
 * Quantizes blocks of `size` neighbours. With 4 bits the element of largest magnitude lands on code 0, so that all 16
 * codes are in use (llama.cpp's Q4_0); with 8 bits the range is -127 … 127 (Q8_0).
 */
export function quantizeBlocks(data: Float32Array, bits: BlockBits, size: number): Blocks {
  const blocks = data.length / size
  const codes = new Uint8Array(data.length)
  const scales = new Float32Array(blocks)
  const middle = 2 ** (bits - 1)
  const top = 2 ** bits - 1
  for (let block = 0; block < blocks; block++) {
    const start = block * size
    let extreme = 0
    for (let i = start; i < start + size; i++) if (Math.abs(data[i]!) > Math.abs(extreme)) extreme = data[i]!
    const scale = bits === 4 ? extreme / -middle : Math.abs(extreme) / (middle - 1)
    scales[block] = scale
    const inverse = scale === 0 ? 0 : 1 / scale
    for (let i = start; i < start + size; i++) {
      codes[i] = Math.min(top, Math.max(0, Math.floor(data[i]! * inverse + middle + 0.5)))
    }
  }
  return { codes, scales }
}

/** Two 4-bit codes per byte: `at(i)` gives the places of the low and the high half of byte i. */
export function packNibbles(
  bytes: number,
  codes: Uint8Array,
  at: (byte: number) => readonly [number, number],
): Uint8Array {
  const out = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) {
    const [low, high] = at(i)
    out[i] = codes[low]! | (codes[high]! << 4)
  }
  return out
}

/** A matrix [rows, columns] as [columns, rows]. */
export function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!
  return out
}
