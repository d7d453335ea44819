// Bundles the parts of ECharts (Apache-2.0) that the cockpit draws with: `npm run charts`.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const folder = "shop/static/shop/vendor";
await build({
  entryPoints: ["shop/static_src/echarts.js"],
  outfile: `${folder}/echarts.js`,
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "echarts",
  target: "es2020",
  legalComments: "none",
});
const texts = ["echarts/NOTICE", "echarts/LICENSE", "zrender/LICENSE"].map(
  (name) => `--- ${name} ---\n\n${readFileSync(`node_modules/${name}`, "utf8").trim()}\n`,
);
writeFileSync(`${folder}/echarts.LICENSE.txt`, texts.join("\n"));
