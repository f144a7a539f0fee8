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
import { startCopy } from './lib/copy.js';
import { startDates } from './lib/dates.js';
import { startSegments } from './lib/segments.js';

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
startCopy();
startDates();
startSegments(htmx);
