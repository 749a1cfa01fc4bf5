/** @file Log-mel bands of log-magnitude spectra inside a traced program: what the codec's losses and its recogniser hear. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { MEL_BANDS, MEL_SAMPLE_RATE, melFilterbank } from '../media/audio/mel.ts'
import { STFT_SIZE } from '../media/audio/stft.ts'

export const MAGNITUDE_BINS: number = STFT_SIZE / 2 + 1
/** Added to magnitudes before the logarithm: about the rounding noise of 16-bit sound. */
export const MAGNITUDE_FLOOR = 1e-3

/** Natural log of band energies [frames, 80] of natural log magnitudes with `frames · 257` values in any shape. */
export function logBands(logMagnitudes: Tensor, frames: number): Tensor {
  const filters = constant({
    dtype: 'float32',
    shape: [MEL_BANDS, MAGNITUDE_BINS],
    data: melFilterbank({ bands: MEL_BANDS, bins: MAGNITUDE_BINS, sampleRate: MEL_SAMPLE_RATE }),
  })
  const power = t.exp(t.mul(t.reshape(logMagnitudes, [frames, MAGNITUDE_BINS]), 2))
  // Slaney's filters have area one in hertz: the factor brings their sums near one, so that the floor fits.
  return t.log(t.add(t.matmul(power, filters, { transB: true, alpha: 30 }), 1e-4))
}
