// Bundles the front end into one file of the package. The file says of which sources it is; a test compares.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { build } from "esbuild";

const sources = ["package-lock.json", "build.mjs", ...readdirSync("src").sort().map((name) => `src/${name}`)];
const digest = createHash("sha256");
for (const name of sources) digest.update(`${name}\0`).update(readFileSync(name)).update("\0");

await build({
  entryPoints: ["src/main.tsx"],
  outfile: process.argv[2] ?? "../templates/laboratory.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/* Built by make front from sources ${digest.digest("hex")}; Preact (MIT), d3 (ISC) */` },
});
