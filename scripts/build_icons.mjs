// Writes the icon sprite from the lucide set (ISC) and our own region drawings: `npm run icons`.
import { readFileSync, writeFileSync } from "node:fs";

const lucide = JSON.parse(readFileSync("node_modules/@iconify-json/lucide/icons.json", "utf8"));
const names = readFileSync("shop/static_src/icons.txt", "utf8").split(/\s+/).filter(Boolean).sort();
const regions = ["gongzhuling", "kangding", "longquan", "lvyuan", "wangcang"];

const body = (name) => {
  const alias = lucide.aliases?.[name]?.parent;
  const icon = lucide.icons[name] ?? lucide.icons[alias];
  if (!icon) throw new Error(`icons.txt: lucide has no icon named ${name}`);
  return icon.body;
};
const symbols = names.map((name) => `<symbol id="${name}" viewBox="0 0 24 24">${body(name)}</symbol>`);
// The heart of what is kept.
symbols.push(`<symbol id="heart-filled" viewBox="0 0 24 24">${body("heart").replace('fill="none"', 'fill="currentColor"')}</symbol>`);
for (const slug of regions) {
  const svg = readFileSync(`shop/static/shop/img/region-${slug}.svg`, "utf8");
  const paths = svg.replace(/^<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const stroke = 'fill="none" stroke="currentColor" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"';
  symbols.push(`<symbol id="region-${slug}" viewBox="0 0 120 120"><g ${stroke}>${paths}</g></symbol>`);
}
const note = "<!-- lucide (ISC licence, see icons.LICENSE.txt) and own region drawings; made by scripts/build_icons.mjs -->";
writeFileSync(
  "shop/static/shop/icons.svg",
  `<svg xmlns="http://www.w3.org/2000/svg">\n${note}\n${symbols.join("\n")}\n</svg>\n`,
);
