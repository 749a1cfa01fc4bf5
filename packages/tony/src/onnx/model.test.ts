import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { onnx } from 'onnx-proto'
import { describe, expect, it } from 'vitest'
import { grad } from '../autodiff/grad.ts'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { codecDecoder, codecDefaults, codecEncoder } from '../models/codec.ts'
import { gptLoss } from '../models/gpt.ts'
import { imageDecoder, imageEncoder, imageTokenizerDefaults } from '../models/image-tokenizer.ts'
import { omniConfig } from '../models/omni/config.ts'
import { omniDecode, omniParts } from '../models/omni/model.ts'
import { blockConfig } from '../nn/block.ts'
import { initParams, ParamScope } from '../nn/params.ts'
import { adamW } from '../optim/adamw.ts'
import { quantizeChannels } from '../passes/quantize-channels.ts'
import { simplify } from '../passes/simplify.ts'
import { bytesOf, type DType, dtypes } from '../tensor/dtype.ts'
import { type HostTensor, hostFloat, hostInt, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import { decodeModel, encodeModel, type OnnxModel } from './model.ts'

const nano = omniConfig({ width: 64, layers: 2, textVocab: 300 })

const everything: OnnxModel = {
  name: 'Ünïcode',
  nodes: [
    { opType: 'Add', domain: '', name: 'first', inputs: ['a', 'w'], outputs: ['b'], attributes: {} },
    {
      opType: 'Odd',
      domain: 'com.microsoft',
      name: 'second',
      inputs: ['b', ''],
      outputs: ['c'],
      attributes: {
        whole: { int: -3 },
        big: { int: 2 ** 40 },
        real: { float: 0.5 },
        text: { string: 'add' },
        wholes: { ints: [0, -1, 127, 128, 2 ** 31, -(2 ** 40)] },
        none: { ints: [] },
        reals: { floats: [1.5, -2.25] },
        value: { tensor: hostFloat([1], [7]) },
      },
    },
  ],
  inputs: [{ name: 'a', dtype: 'float32', shape: ['batch', 3, 'slots+time'] }],
  outputs: [{ name: 'c', dtype: 'int64', shape: [] }],
  initializers: new Map<string, HostTensor>([
    ['w', hostFloat([2, 2], [1, 2, 3, 4])],
    ['i', hostInt([3], [1, -2, 3])],
    ['l', hostTensor('int64', [], BigInt64Array.of(-(2n ** 60n)))],
    ['q', hostTensor('uint8', [2], Uint8Array.of(0, 255))],
    ['b', hostTensor('bool', [1], Uint8Array.of(1))],
    ['h', hostTensor('float16', [1], Uint16Array.of(0x3c00))],
    ['empty', hostFloat([0], [])],
  ]),
  opsets: { '': 17, 'com.microsoft': 1 },
  metadata: { made: 'here' },
}

/** A whole training step of a small text model, as the trainer makes it. */
function trainingGraph(checkpoint: boolean): OnnxModel {
  const scope = new ParamScope()
  const x = gptLoss(scope, { ...blockConfig({ width: 32, layers: 2, heads: 2 }), vocab: 11 }, { batch: 2, time: 8 })
  const loss = checkpoint ? t.checkpoint((y) => t.mul(y, y), [x]) : x
  const gradients = grad(
    loss,
    scope.entries.map(({ tensor }) => tensor),
  )
  const scalars = {
    rate: t.input('rate', 'float32', []),
    correction1: t.input('c1', 'float32', []),
    correction2: t.input('c2', 'float32', []),
  }
  const { updates, norm } = adamW(scope.entries, gradients, scalars)
  return toOnnx(
    program('train', { loss, norm, ...Object.fromEntries(updates.map(({ name, param }) => [`next/${name}`, param])) }),
  )
}

describe('encodeModel and decodeModel', () => {
  it('give back what was written', () => {
    expect(decodeModel(encodeModel(everything))).toEqual(everything)
    const { metadata: _, ...step } = trainingGraph(true)
    expect(decodeModel(encodeModel(step))).toEqual({ ...step, metadata: {} })
  })

  it('agree with onnx-proto, field by field', () => {
    for (const model of [everything, trainingGraph(false)]) {
      const bytes = encodeModel(model)
      const theirs = onnx.ModelProto.decode(bytes)
      // Their encoder, too, writes fields in the order of their numbers; lists of numbers may be packed or not.
      const written = onnx.ModelProto.encode(theirs).finish()
      expect(theirs.irVersion).toSatisfy((v: unknown) => Number(v) === 8)
      expect(theirs.graph?.name).toBe(model.name)
      expect(theirs.graph?.node?.map((n) => n.opType)).toEqual(model.nodes.map((n) => n.opType))
      expect(theirs.graph?.node?.map((n) => n.input)).toEqual(model.nodes.map((n) => n.inputs))
      expect(theirs.graph?.initializer?.map((i) => i.name)).toEqual([...model.initializers.keys()])
      expect(decodeModel(written)).toEqual({ ...model, metadata: model.metadata ?? {} })
      expect(encodeModel(decodeModel(written))).toEqual(bytes)
    }
  })

  it('reads tensors whose elements are listed one by one', () => {
    const tensor = (fields: onnx.ITensorProto): HostTensor => {
      const model = onnx.ModelProto.encode({
        irVersion: 8,
        opsetImport: [{ domain: '', version: 17 }],
        graph: { name: 'g', initializer: [{ name: 'w', dims: [2], ...fields }] },
      }).finish()
      return decodeModel(model).initializers.get('w')!
    }
    expect(tensor({ dataType: 1, floatData: [1.5, -2] })).toEqual(hostFloat([2], [1.5, -2]))
    expect(tensor({ dataType: 6, int32Data: [3, -4] })).toEqual(hostInt([2], [3, -4]))
    expect(tensor({ dataType: 7, int64Data: [5, -6] })).toEqual(hostTensor('int64', [2], BigInt64Array.of(5n, -6n)))
    expect(() => tensor({ dataType: 1, floatData: [1] })).toThrow("onnx: tensor 'w' of shape [2] needs 2 elements")
    expect(() => tensor({ dataType: 11, doubleData: [1, 2] })).toThrow('onnx: element type 11 is not supported')
    expect(() => tensor({ dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] })).toThrow(
      'keeps its data in another file',
    )
  })

  it('keeps any tensor', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(dtypes) as DType[])),
        fc.array(fc.nat(3), { maxLength: 4 }),
        fc.nat(),
        (dtype, shape, seed) => {
          const size = shape.reduce((n, d) => n * d, 1)
          const bytes = Uint8Array.from({ length: size * dtypes[dtype].bytes }, (_, i) => (seed + i * 37) % 251)
          const model = {
            ...everything,
            initializers: new Map([['w', { dtype, shape, data: new Uint8Array(0) } as unknown as HostTensor]]),
          }
          const tensor = { dtype, shape, data: bytes } as unknown as HostTensor
          model.initializers.set('w', tensor)
          const back = decodeModel(encodeModel(model)).initializers.get('w')!
          expect(back.shape).toEqual(shape)
          expect(bytesOf(back.data)).toEqual(bytes)
        },
      ),
    )
  })
})

describe('broken files', () => {
  const bytes = encodeModel(everything)
  const read = (input: Uint8Array): OnnxModel | TonyError => {
    try {
      return decodeModel(input)
    } catch (error) {
      if (error instanceof TonyError) return error
      throw error
    }
  }

  it('cut off anywhere give one clear error', () => {
    for (let length = 0; length < bytes.length; length++) {
      const result = read(bytes.subarray(0, length))
      // The metadata are the last field; without them the file is a whole model.
      if (result instanceof TonyError) expect(result.message).toMatch(/^onnx: .*(truncated|broken)/s)
      else expect(result).toEqual({ ...everything, metadata: {} })
    }
  })

  it('with changed bytes give a model or one clear error, never another exception', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const copy = bytes.slice()
          for (const [at, value] of changes) copy[at] = value
          const result = read(copy)
          if (result instanceof TonyError) expect(result.message).toMatch(/^onnx: .*; /s)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('that are something else give one clear error', () => {
    for (const text of ['', '{"a": 1}', 'PK\u0003\u0004', '<html></html>'])
      expect(read(new TextEncoder().encode(text))).toBeInstanceOf(TonyError)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (random) => void read(random)))
  })
})

const python = spawnSync('/usr/bin/python3', ['-c', 'import onnx'], { encoding: 'utf8' })
const without = python.status === 0 ? '' : ' (skipped: install python3-onnx to run it)'

describe.skipIf(python.status !== 0)(`the ONNX checker${without}`, () => {
  const decodeGraph = (): OnnxModel => {
    const scope = new ParamScope()
    return toOnnx(simplify(program('decode', omniDecode(scope, nano))))
  }
  const traced = (name: string, build: (p: ParamScope) => Readonly<Record<string, Tensor>>): OnnxModel =>
    toOnnx(simplify(program(name, build(new ParamScope()))))
  /** With 8-bit weights, as it is served; what `fuseNorms` makes of it is for ONNX Runtime alone. */
  const served = (): OnnxModel => {
    const scope = new ParamScope()
    const source = simplify(program('decode', omniDecode(scope, nano)))
    const weights = initParams(
      scope.entries.map(({ spec }) => spec),
      1,
    )
    const quantized = quantizeChannels(source, weights)
    return toOnnx(quantized.program, { weights: quantized.weights })
  }
  const graphs: Record<string, () => OnnxModel> = {
    'a training step': () => trainingGraph(false),
    'a training step with recomputation': () => trainingGraph(true),
    'a decoding step': decodeGraph,
    'the depth head': () => traced('depth', (p) => ({ ...omniParts.depth(p, nano) })),
    hearing: () => traced('hearing', (p) => omniParts.audio(p, { ...nano, heardTokens: [[1], [2, 4], [3]] })),
    sight: () => traced('sight', (p) => ({ rows: omniParts.image(p, nano) })),
    'the codec: encoder': () => traced('encoder', (p) => ({ codes: codecEncoder(p, codecDefaults) })),
    'the codec: decoder of streams': () => traced('decoder', (p) => codecDecoder(p, codecDefaults)),
    'the image tokenizer: encoder': () =>
      traced('encoder', (p) => ({ codes: imageEncoder(p, imageTokenizerDefaults, 1) })),
    'the image tokenizer: decoder': () =>
      traced('decoder', (p) => ({ patches: imageDecoder(p, imageTokenizerDefaults) })),
    'a decoding step on 8-bit weights': served,
  }
  it.each(Object.keys(graphs))('accepts %s', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'tony-onnx-'))
    try {
      const path = join(folder, 'model.onnx')
      writeFileSync(path, encodeModel(graphs[name]!()))
      const { status, stderr } = spawnSync(
        '/usr/bin/python3',
        ['-c', 'import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)', path],
        { encoding: 'utf8' },
      )
      expect(stderr).toBe('')
      expect(status).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
