// Builds everything the browser gets into dist/: one script, one style sheet, fonts, an icon sprite, licences,
// and manifest.json from plain names to hashed ones. Fails on an unknown icon and on a budget that is passed.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const FRESH = join(HERE, `dist.new.${process.pid}`);
const BUDGETS = { "app.js": 45, "app.css": 14, "icons.svg": 5 }; // kB, gzipped
const FIRST_LOAD = ["app.js", "app.css", "icons.svg", "source-sans-3-latin-wght-normal.woff2"];
const PACKAGES = [
  "htmx.org",
  "socket.io-client",
  "engine.io-client",
  "engine.io-parser",
  "socket.io-parser",
  "@socket.io/component-emitter",
  "lucide-static",
  "@fontsource-variable/source-sans-3",
];

/** @param {string} text @param {number} length */
const hash = (text, length = 8) => createHash("sha256").update(text).digest("hex").slice(0, length);

/** The sprite of the icons named in icons.txt, each a <symbol> without the drawing attributes that styles give. */
async function sprite() {
  const names = (await readFile(join(HERE, "src/icons.txt"), "utf8")).split("\n").filter((line) => line && !line.startsWith("#"));
  const symbols = [];
  for (const name of names) {
    const file = join(HERE, "node_modules/lucide-static/icons", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`src/icons.txt: there is no icon called "${name}"`);
    const svg = await readFile(file, "utf8");
    const inner = svg.replace(/<!--.*?-->/gs, "").replace(/<svg[^>]*>/s, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

async function licences() {
  const require = createRequire(import.meta.url);
  const parts = [];
  for (const name of PACKAGES) {
    const folder = join(HERE, "node_modules", name);
    const { version, license } = require(join(folder, "package.json"));
    const file = (await readdir(folder)).find((entry) => /^licen[sc]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    parts.push(`${name} ${version} (${license})\n${"=".repeat(60)}\n${(await readFile(join(folder, file), "utf8")).trim()}\n`);
  }
  return parts.join("\n\n");
}

/** @type {Record<string, string>} */
const manifest = {};
await rm(FRESH, { recursive: true, force: true });
await mkdir(FRESH, { recursive: true });
try {
  const result = await build({
    entryPoints: [join(HERE, "src/app.js"), join(HERE, "src/app.css")],
    absWorkingDir: HERE,
    outdir: FRESH,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox121", "safari17"],
    entryNames: "[name].[hash]",
    assetNames: "[name].[hash]",
    loader: { ".woff2": "file" },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const hashed = basename(path);
    const entry = output.entryPoint ? basename(output.entryPoint) : hashed.replace(/\.[A-Z0-9]{8}(?=\.)/, "");
    manifest[entry] = hashed;
  }
  const icons = await sprite();
  manifest["icons.svg"] = `icons.${hash(icons)}.svg`;
  await writeFile(join(FRESH, manifest["icons.svg"]), icons);
  const mark = await readFile(join(HERE, "src/icon.svg"), "utf8");
  manifest["icon.svg"] = `icon.${hash(mark)}.svg`;
  await writeFile(join(FRESH, manifest["icon.svg"]), mark);
  await writeFile(join(FRESH, "licences.txt"), await licences());
  await writeFile(join(FRESH, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

  let total = 0;
  const report = [];
  for (const [name, file] of Object.entries(manifest)) {
    const bytes = await readFile(join(FRESH, file));
    const size = (name.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length) / 1000;
    if (FIRST_LOAD.includes(name)) total += size;
    const budget = BUDGETS[/** @type {keyof typeof BUDGETS} */ (name)];
    report.push(`${name.padEnd(44)} ${size.toFixed(1).padStart(6)} kB${budget ? ` of ${budget}` : ""}`);
    if (budget && size > budget) throw new Error(`${name} is ${size.toFixed(1)} kB, larger than its budget of ${budget} kB`);
  }
  report.push(`${"first load besides the page itself".padEnd(44)} ${total.toFixed(1).padStart(6)} kB`);
  await rm(DIST, { recursive: true, force: true });
  await rename(FRESH, DIST);
  console.log(report.join("\n"));
} finally {
  await rm(FRESH, { recursive: true, force: true });
}
