// Builds every bundle of the web pages into web/static/dist/.
//
//   node build.mjs          everything, into a fresh folder that then takes the place of the old one
//   node build.mjs css      only the style sheet of the pages, in place (while working on src/app/)
//
// Nothing that is built is committed; hatch_build.py runs this when the package is installed.
// Page text is Japanese: translations that libraries do not offer a hook for are replaced in
// their source while bundling, and a text that no longer occurs there fails the build.

import { build, transform } from 'esbuild';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { libraryMends } from './src/library-mends.mjs';
import { literalReplacements } from './src/translate/literals.mjs';

const replacements = [...literalReplacements, ...libraryMends];

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, 'node_modules');
const target = resolve(here, '../web/static/dist');

const FONTS = [
  'biz-udmincho/400Regular/BIZUDMincho_400Regular.ttf',
  'biz-udmincho/700Bold/BIZUDMincho_700Bold.ttf',
  'biz-udgothic/400Regular/BIZUDGothic_400Regular.ttf',
  'biz-udgothic/700Bold/BIZUDGothic_700Bold.ttf',
  'noto-serif-jp/400Regular/NotoSerifJP_400Regular.ttf',
];

const ENTRIES = ['form-page', 'session-end', 'diagram', 'compare', 'studio', 'studio-bpmn', 'studio-dmn', 'studio-form'];

// The style sheet of every page, app.css: src/app/<name>.css in this order, after the design tokens of Digital Agency
// Design System (DADS). A later rule wins over an earlier one. No class needs JavaScript.
const SHEETS = [
  'names', 'ground', 'frame', 'buttons', 'chips', 'notices', 'forms', 'tables', 'cards', 'steps', 'case', 'dense', 'phones',
  'paper', 'asides', 'system',
];

async function buildCss(out) {
  const files = [
    join(modules, '@digital-go-jp/design-tokens/dist/tokens.css'),
    ...SHEETS.map(name => join(here, `src/app/${name}.css`)),
  ];
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8')));
  const { code } = await transform(texts.join('\n'), { loader: 'css', minify: true, target: 'chrome109' });
  await writeFile(join(out, 'app.css'), code);
}

async function buildScripts(out) {
  const replaced = new Set();
  // Loaded by a bundle that needs it (src/drawable.js), so its name carries its content.
  const layout = await bundle(out, ['layout'], replaced, { entryNames: 'assets/[name]-[hash]' });
  const [file] = Object.keys(layout.metafile.outputs);
  const result = await bundle(out, ENTRIES, replaced, {}, `assets/${basename(file)}`);
  const missing = replacements
    .flatMap(rule => rule.texts.map(([from]) => `${rule.file}: ${from}`))
    .filter(key => !replaced.has(key));
  if (missing.length) {
    throw new Error(
      'these texts are no longer in the libraries, so they would appear in English or unmended; ' +
      `correct src/translate/literals.mjs or src/library-mends.mjs:\n  ${missing.join('\n  ')}`);
  }
  return [layout, result].flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

function bundle(out, names, replaced, options, layoutFile = '') {
  return build({
    absWorkingDir: here,
    entryPoints: names.map(name => ({ in: `src/${name}.js`, out: name })),
    outdir: out,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome109', 'firefox115', 'safari16.4'],
    minify: true,
    legalComments: 'none',
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis', LAYOUT_FILE: JSON.stringify(layoutFile) },
    jsx: 'automatic',
    jsxImportSource: '@bpmn-io/properties-panel/preact',
    loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'empty', '.svg': 'file' },
    assetNames: 'assets/[name]-[hash]',
    plugins: [literals(replaced), dataUrisToFiles(out)],
    logLevel: 'warning',
    ...options,
  });
}

// Replaces English literals in libraries that have no translation hook, and mends their mistakes.
function literals(replaced) {
  return {
    name: 'literals',
    setup(builder) {
      for (const rule of replacements) {
        const ending = rule.file.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
        builder.onLoad({ filter: new RegExp(`node_modules/${ending}$`) }, async ({ path }) => {
          let contents = await readFile(path, 'utf8');
          for (const [from, to] of rule.texts) {
            if (!contents.includes(from)) continue;
            contents = contents.replaceAll(from, to);
            replaced.add(`${rule.file}: ${from}`);
          }
          return { contents, loader: 'js' };
        });
      }
    },
  };
}

// The pages allow images and fonts from our own address only, so data: addresses in style
// sheets become files.
function dataUrisToFiles(out) {
  const pattern = /url\((["']?)data:(image\/svg\+xml|image\/png)[^,]*,([^]*?)\1\)(?=[\s;,}])/g;
  return {
    name: 'data-uris-to-files',
    setup(builder) {
      builder.onLoad({ filter: /node_modules\/.*\.css$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        let count = 0;
        const jobs = [];
        contents = contents.replace(pattern, (whole, _quote, type, body) => {
          count += 1;
          const extension = type === 'image/png' ? 'png' : 'svg';
          const name = `${basename(path, '.css')}-${count}.${extension}`;
          const bytes = /;base64,/.test(whole.slice(0, 60))
            ? Buffer.from(body, 'base64')
            : Buffer.from(decodeURIComponent(body.replaceAll('\\"', '"')), 'utf8');
          jobs.push(writeInto(join(out, 'assets', name), bytes));
          return `url("./assets/${name}")`;
        });
        await Promise.all(jobs);
        return { contents, loader: 'css', resolveDir: dirname(path) };
      });
      builder.onResolve({ filter: /^\.\/assets\/[\w.-]+\.(svg|png)$/ }, ({ path, kind }) =>
        kind === 'url-token' ? { path, external: true } : undefined);
    },
  };
}

async function writeInto(path, bytes) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

async function copyFonts(out) {
  for (const font of FONTS) {
    const source = join(modules, '@expo-google-fonts', font);
    await mkdir(join(out, 'fonts'), { recursive: true });
    await cp(source, join(out, 'fonts', basename(font)));
  }
}

// The licence texts of everything that is in the bundles or beside them.
async function collectLicences(out, inputs) {
  const names = new Set(['htmx.org', '@digital-go-jp/design-tokens']);
  for (const font of FONTS) names.add('@expo-google-fonts/' + font.split('/')[0]);
  for (const input of inputs) {
    const at = input.lastIndexOf('node_modules/');
    if (at < 0) continue;
    const parts = input.slice(at + 'node_modules/'.length).split('/');
    names.add(parts[0].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]);
  }
  const chapters = [];
  for (const name of [...names].sort()) {
    const folder = join(modules, name);
    if (!existsSync(join(folder, 'package.json'))) continue;
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const files = (await readdir(folder)).filter(file => /^(licen[cs]e|copying|notice)/i.test(file));
    const texts = await Promise.all(files.sort().map(file => readFile(join(folder, file), 'utf8')));
    const text = texts.length ? texts.join('\n').trim() : `(licence named in its package file: ${license})`;
    chapters.push(`${name} ${version} (${typeof license === 'string' ? license : 'see text'})\n\n${text}\n`);
  }
  await writeFile(join(out, 'third-party-licences.txt'), chapters.join('\n' + '='.repeat(78) + '\n\n'));
}

async function report(out) {
  for (const file of (await readdir(out, { recursive: true })).sort()) {
    const { size } = await stat(join(out, file));
    if (/\.(js|css|txt)$/.test(file)) console.log(`${String(Math.round(size / 1024)).padStart(7)} kB  ${file}`);
  }
}

async function buildEverything() {
  const fresh = resolve(target, `../.dist-${process.pid}`);
  const old = `${fresh}-old`;
  await mkdir(join(fresh, 'assets'), { recursive: true });
  try {
    const inputs = await buildScripts(fresh);
    await buildCss(fresh);
    await cp(join(modules, 'htmx.org/dist/htmx.min.js'), join(fresh, 'htmx.js'));
    await cp(join(modules, 'axe-core/axe.min.js'), join(fresh, 'axe.js'));
    await copyFonts(fresh);
    await collectLicences(fresh, inputs);
    await report(fresh);
    if (existsSync(target)) await rename(target, old);
    await rename(fresh, target);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

const started = performance.now();
if (process.argv[2] === 'css') {
  await mkdir(target, { recursive: true });
  await buildCss(target);
} else {
  await buildEverything();
}
console.log(`${relative(resolve(here, '..'), target)} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
