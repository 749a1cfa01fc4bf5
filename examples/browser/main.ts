/** @file The page: starts the worker that trains, draws its losses and shows what it writes. */
import type { Job, Progress } from './worker.ts'

const find = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const [start, stop] = [find<HTMLButtonElement>('start'), find<HTMLButtonElement>('stop')]
const canvas = find<HTMLCanvasElement>('curve')
let worker: Worker | undefined
let losses: number[] = []

start.onclick = () => {
  losses = []
  find('sample').textContent = ''
  find('status').textContent = 'compiling the training step …'
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }: MessageEvent<Progress>) => show(data)
  worker.onerror = ({ message }) => end(message)
  const job: Job = {
    text: find<HTMLTextAreaElement>('text').value,
    device: find<HTMLSelectElement>('device').value as Job['device'],
  }
  worker.postMessage(job)
  start.disabled = true
  stop.disabled = false
}
stop.onclick = () => end(`stopped after ${losses.length} steps`)

function end(why: string): void {
  worker?.terminate()
  start.disabled = false
  stop.disabled = true
  find('status').textContent = why
}

function show(progress: Progress): void {
  if ('error' in progress) end(progress.error)
  else if ('sample' in progress) find('sample').textContent = progress.sample
  else {
    losses.push(progress.loss)
    find('status').textContent =
      `step ${losses.length}, loss ${progress.loss.toFixed(3)}, ${progress.milliseconds.toFixed(0)} ms per step`
    draw()
  }
}

function draw(): void {
  const pen = canvas.getContext('2d')!
  const { width, height } = canvas
  const top = Math.max(...losses)
  pen.clearRect(0, 0, width, height)
  pen.strokeStyle = getComputedStyle(canvas).color
  pen.lineWidth = 2
  pen.beginPath()
  losses.forEach((loss, i) =>
    pen.lineTo((i / Math.max(1, losses.length - 1)) * width, height - (loss / top) * (height - 4)),
  )
  pen.stroke()
}
