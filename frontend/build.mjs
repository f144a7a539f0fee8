// Builds the front end into liuke/web/static/dist: hashed names, manifest.json, icons.json, and each text file also as .br and .gz.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, '..', 'liuke', 'web', 'static', 'dist');
// Built beside and swapped at the end, so that a running server never reads a manifest whose files are gone.
const out = `${dist}.new`;
fs.rmSync(out, { recursive: true, force: true });

const shared = { absWorkingDir: here, bundle: true, minify: true, metafile: true, outdir: out, entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]', target: ['es2022', 'chrome105', 'safari16', 'firefox115'], legalComments: 'linked', loader: { '.svg': 'dataurl' }, logLevel: 'warning' };
const results = [
  await build({ ...shared, entryPoints: { app: 'src/app.js', style: 'src/app.css', office: 'src/office.css', playbooks: 'src/playbooks.css', repair: 'src/repair.css', public: 'src/public.css' }, format: 'esm', splitting: true }),
  // A classic script: it must set the theme before the first paint.
  await build({ ...shared, entryPoints: { boot: 'src/boot.js' }, format: 'iife' }),
  // A script of its own, served from the root.
  await build({ ...shared, entryPoints: { sw: 'src/sw.js' }, format: 'iife' }),
];

const manifest = {};
for (const { metafile } of results)
  for (const [file, made] of Object.entries(metafile.outputs))
    if (made.entryPoint) manifest[path.basename(made.entryPoint).replace(/^app\.css$/, 'style.css')] = path.basename(file);

for (const kind of ['svg', 'png']) {
  const sign = fs.readFileSync(path.join(here, 'src', `icon.${kind}`));
  manifest[`icon.${kind}`] = `icon-${createHash('sha256').update(sign).digest('hex').slice(0, 8).toUpperCase()}.${kind}`;
  fs.writeFileSync(path.join(out, manifest[`icon.${kind}`]), sign);
}

// Only the icons in use, each without its <svg> element: the server writes that.
const outline = path.join(here, 'node_modules', '@tabler', 'icons', 'icons', 'outline');
const names = fs.readFileSync(path.join(here, 'src', 'icons.txt'), 'utf8').split('\n').map(line => line.trim()).filter(Boolean);
const icons = {};
for (const name of names) {
  const svg = fs.readFileSync(path.join(outline, `${name}.svg`), 'utf8').replace(/<!--[\s\S]*?-->/g, '');
  icons[name] = svg.replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', '').replace(/\s+/g, ' ').replace(/ \/>/g, '/>').replace(/> </g, '><').trim();
}
fs.writeFileSync(path.join(out, 'icons.json'), JSON.stringify(icons));

for (const file of fs.readdirSync(out)) {
  if (!/\.(js|css|svg)$/.test(file)) continue;
  const body = fs.readFileSync(path.join(out, file));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  fs.writeFileSync(path.join(out, `${file}.br`), brotliCompressSync(body, { params }));
  fs.writeFileSync(path.join(out, `${file}.gz`), gzipSync(body, { level: 9 }));
}
// Bytes of our own in each style sheet.
const own = {};
for (const { entryPoint, inputs } of Object.values(results[0].metafile.outputs))
  if (entryPoint?.endsWith('.css'))
    own[path.basename(entryPoint)] = Object.entries(inputs).filter(([name]) => name.startsWith('src/')).reduce((sum, [, part]) => sum + part.bytesInOutput, 0);
fs.writeFileSync(path.join(out, 'sizes.json'), JSON.stringify({ own_css: own }));
fs.writeFileSync(path.join(out, 'manifest.json'), JSON.stringify(manifest, null, 1));
fs.rmSync(dist, { recursive: true, force: true });
fs.renameSync(out, dist);
for (const file of Object.values(manifest)) console.log(file, fs.statSync(path.join(dist, file)).size);
console.log('own css', own);
