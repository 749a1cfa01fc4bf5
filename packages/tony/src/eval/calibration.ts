/** @file Whether a model is as often right as it says. */
import { TonyError } from '../util/errors.ts'

/**
 * Expected calibration error (Guo et al. 2017, On Calibration of Modern Neural Networks): predictions fall into `bins` of
 * equal width by their confidence; the mean, by predictions, of how far each bin's accuracy is from its mean confidence.
 *
 * @param confidences of the predictions, 0 to 1 each.
 * @param right whether each came true.
 * @throws TonyError `invalid` where the two differ in length, are empty, or a confidence is none.
 */
export function expectedCalibrationError(confidences: readonly number[], right: readonly boolean[], bins = 10): number {
  if (confidences.length === 0 || confidences.length !== right.length)
    throw new TonyError(
      'invalid',
      `calibration: ${confidences.length} confidences of ${right.length} predictions (expected as many, at least one)`,
    )
  const off = new Float64Array(bins)
  confidences.forEach((confidence, i) => {
    if (!(confidence >= 0 && confidence <= 1))
      throw new TonyError('invalid', `calibration: confidence ${i} is ${confidence} (expected 0 to 1)`)
    off[Math.min(bins - 1, Math.floor(confidence * bins))]! += confidence - (right[i]! ? 1 : 0)
  })
  return off.reduce((sum, bin) => sum + Math.abs(bin), 0) / confidences.length
}
