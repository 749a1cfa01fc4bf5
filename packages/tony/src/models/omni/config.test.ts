import { describe, expect, it } from 'vitest'
import { blockConfig } from '../../nn/block.ts'
import { omniConfig, readOmniConfig } from './config.ts'

describe('readOmniConfig', () => {
  it('gives back what was written', () => {
    const config = { ...omniConfig(), hearing: blockConfig({ width: 64, layers: 2 }) }
    expect(readOmniConfig(JSON.parse(JSON.stringify(config)))).toEqual(config)
  })
  it('reads files from before hearing had a depth of its own and told words', () => {
    const { hearing, heardTokens, ...written } = omniConfig()
    expect(readOmniConfig(written)).toEqual({ ...written, hearing, heardTokens })
    expect([hearing.layers, heardTokens]).toEqual([4, []])
    expect(readOmniConfig({ ...written, heardTokens: [7, [8, 9]] }).heardTokens).toEqual([[7], [8, 9]])
  })
})
