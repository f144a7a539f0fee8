// Everything works without this file, as full pages; it adds fragments, keys, search and clocks.
import htmx from 'htmx.org';
import { startNet } from './lib/net.js';
import { startPanes } from './lib/panes.js';
import { startList } from './lib/list.js';
import { startKeys } from './lib/keys.js';
import { startPalette } from './lib/palette.js';
import { startUndo } from './lib/undo.js';
import { startDrafts } from './lib/drafts.js';
import { startClocks } from './lib/clocks.js';
import { startLook } from './lib/look.js';

window.htmx = htmx;
startLook();
startNet(htmx);
startPanes();
startList();
startPalette();
startKeys();
startUndo();
startDrafts();
startClocks();

// Pictures that need a library fetch it only on pages that draw.
const draw = async root => {
  if (root.querySelector?.('[data-lk-chart]') || root.matches?.('[data-lk-chart]')) (await import('./charts.js')).drawAll(document);
};
draw(document.documentElement);
document.addEventListener('htmx:load', event => draw(event.detail.elt));
