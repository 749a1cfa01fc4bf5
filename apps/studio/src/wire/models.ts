/** @file The models that the server offers. */
import type { ModelList, ModelObject } from '@tony/server/protocol'
import { request } from './failure.ts'

/** Asks the server for its models. @throws Failure */
export async function fetchModels(apiKey: string): Promise<readonly ModelObject[]> {
  const response = await request('models', { apiKey })
  const list = (await response.json()) as ModelList
  return list.data
}
