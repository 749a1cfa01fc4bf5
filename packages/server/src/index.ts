/** @file The server: OpenAI's REST and realtime API over an `Assistant`. */
export { type AppDeps, createApp } from './app.ts'
export type { App, Limits, MediaCodecs } from './context.ts'
export { defaultLimits } from './context.ts'
export { type EnvironmentOptions, environmentOptions } from './env.ts'
export { type KeyRing, makeKeyRing, parseKeys } from './keys.ts'
export { jsonLogger, type Logger, silentLogger } from './logger.ts'
export { type RunningServer, type ServerOptions, startServer } from './serve.ts'
