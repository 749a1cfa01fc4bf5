import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  resolve: { conditions: ['@tony/source', 'module', 'browser', 'development|production'] },
  // ONNX Runtime finds its WebAssembly beside its own file, from which the optimizer would part it.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { outDir: 'dist', target: 'es2023' },
  worker: { format: 'es' },
})
