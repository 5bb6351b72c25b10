import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

const page = fileURLToPath(new URL("../src/lineside/console/page", import.meta.url));

/** Where `npm run dev` finds a running server: `lineside demo --port 8000`. */
const server = process.env["LINESIDE_URL"] ?? "http://127.0.0.1:8000";
const isMock = process.env["LINESIDE_MOCK"] === "1";

export default defineConfig({
  plugins: isMock ? [(await import("./dev/mock.ts")).mockServer()] : [],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: page,
    emptyOutDir: true,
    target: "es2022",
    // The page's Content-Security-Policy allows files of this server alone: nothing inline, no data: URLs for code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: isMock ? {} : { "/api": { target: server, ws: true }, "/login": { target: server } },
  },
  preview: { host: "127.0.0.1" },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
