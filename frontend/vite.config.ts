/**
 * The page is built into the server's package, from where pip and the container take it.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.PCVIZ_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  // Relative addresses, so that the page works under a sub-path behind a proxy.
  base: "./",
  // Plotly's dependencies (has-hover among them) read the Node name of the global object.
  define: { global: "globalThis" },
  resolve: {
    // Plotly's core pulls 83 kB of map styles that no chart of ours uses.
    alias: { "maplibre-gl/dist/maplibre-gl.css": here("src/draw/empty.css") },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: here("../server/pcviz_server/static"),
    emptyOutDir: true,
    // Plotly is one chunk of 1.1 MB by design, loaded after the first paint.
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: { "/api": server, "/ws": { target: server, ws: true } },
  },
});
