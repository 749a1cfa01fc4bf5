/** @file The microphone as a stream of 24 kHz PCM. */
import { Failure } from '../wire/failure.ts'
import type { CaptureFrame } from './capture-worklet.ts'
import captureUrl from './capture-worklet.ts?worker&url'

/** An open microphone. */
export interface Microphone {
  /** Whether pieces are handed on. */
  muted: boolean
  close(): void
}

/** Asks for the microphone and hands on 20 ms pieces. @throws Failure with a sentence for the user. */
export async function openMicrophone(onFrame: (frame: CaptureFrame) => void): Promise<Microphone> {
  if (navigator.mediaDevices === undefined) {
    throw new Failure('microphone', 'Browsers give pages the microphone only over https or on localhost.')
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } })
    .catch((cause: unknown) => {
      throw new Failure('microphone', explain(cause))
    })
  // The device's own rate: browsers do not agree on resampling microphones to another context's rate.
  const context = new AudioContext({ latencyHint: 'interactive' })
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }
  try {
    await context.audioWorklet.addModule(captureUrl)
    await context.resume()
  } catch (cause) {
    close()
    throw new Failure('microphone', `The microphone could not be started: ${String(cause)}`)
  }
  const node = new AudioWorkletNode(context, 'capture', { channelCount: 1, channelCountMode: 'explicit' })
  const silence = new GainNode(context, { gain: 0 })
  // A node that leads nowhere may not be run, so it leads to silence.
  context.createMediaStreamSource(stream).connect(node).connect(silence).connect(context.destination)
  const microphone = { muted: false, close }
  node.port.onmessage = (event: MessageEvent<CaptureFrame>) => {
    if (!microphone.muted) onFrame(event.data)
  }
  return microphone
}

function explain(cause: unknown): string {
  switch (cause instanceof DOMException ? cause.name : '') {
    case 'NotAllowedError':
      return 'The browser did not allow the microphone. Allow it for this page, then try again.'
    case 'NotFoundError':
      return 'No microphone was found. Connect one, then try again.'
    case 'NotReadableError':
      return 'The microphone is in use by another program.'
    default:
      return `The microphone could not be opened: ${String(cause)}`
  }
}
