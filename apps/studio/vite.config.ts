import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:8710'

export default defineConfig({
  base: './',
  resolve: { conditions: ['@tony/source', 'module', 'browser', 'development|production'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The server's content security policy allows no data: scripts, so nothing is inlined.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2023',
    // The first browsers with light-dark(), which would otherwise be rewritten.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': { target: server, ws: true, changeOrigin: true } } },
})
