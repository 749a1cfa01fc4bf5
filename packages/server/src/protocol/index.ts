/** @file Wire bodies and events, without Node or DOM types: the page imports them too. */
export * from './audio.ts'
export * from './chat.ts'
export * from './common.ts'
export * from './images.ts'
export * from './label-reports.ts'
export * from './labels.ts'
export * from './realtime.ts'
