/** @file Speaks as the model's process does, without a model: says its process id and the seed, or waits, or ends. */
const info = { id: 'fake', created: 0, parameters: 0, input: ['text'], output: ['text'], contextLength: 8 }

const send = (message) => process.send(message, undefined, {}, () => undefined)

process.on('message', (message) => {
  const { type, id } = message
  if (type === 'load') {
    if (message.folder === 'broken')
      send({ type: 'error', id: 0, code: 'invalid', message: 'model: config.json is broken; restore the file' })
    else if (message.folder === 'deadly') process.exit(3)
    else send({ type: 'loaded', info })
  } else if (type === 'generate') {
    send({ type: 'event', id, event: { type: 'text', delta: `${process.pid} ${message.request.seed}` } })
    if (message.request.maxTokens !== 1) send({ type: 'end', id })
  } else if (type === 'abort') send({ type: 'error', id, code: 'aborted', message: 'the answer was cancelled' })
  else if (type === 'append') send({ type: 'event', id, event: { type: 'speech-started', atMs: process.pid } })
})
process.on('disconnect', () => process.exit(0))
