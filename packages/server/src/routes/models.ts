/** @file `GET /v1/models` and `GET /v1/models/:id`. */
import type { ModelInfo } from 'tony'
import { type App, type AppContext, requireModel } from '../context.ts'
import type { ModelList, ModelObject } from '../protocol/common.ts'

/** Adds the routes. */
export function modelRoutes(app: App, ctx: AppContext): void {
  app.get('/v1/models', (c) => {
    const list: ModelList = { object: 'list', data: ctx.assistant.models.map(toObject) }
    return c.json(list)
  })
  app.get('/v1/models/:id', (c) => c.json(toObject(requireModel(ctx.assistant, c.req.param('id')))))
}

function toObject(model: ModelInfo): ModelObject {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: 'tony',
    parameters: model.parameters,
    context_length: model.contextLength,
    input_modalities: model.input,
    output_modalities: model.output,
  }
}
