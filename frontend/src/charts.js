// Pictures drawn by the library: SVG, no motion, colours from the tokens, every part opens its list. Redrawn when theme or width changes.
import { SankeyChart } from 'echarts/charts';
import { TitleComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([SankeyChart, TitleComponent, TooltipComponent, SVGRenderer]);

const token = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const live = new Map();

const TONES = { A: 'st-a', B: 'st-b', C: 'st-c', D: 'st-d', E: 'st-e', came: 'brand', still: 'line-2', new: 'ink-3' };
const paint = (tone, fallback) => token(TONES[tone] || fallback);

/** {columns: [title], nodes: [{id, col, label, value, delta, tone, href}], links: [{from, to, value, tone, href}]}; tone "" = unmoved. */
function flow(data, width) {
  const narrow = width < 560;
  const rich = { n: { fontWeight: 600, color: token('ink'), fontSize: 12 }, d: { color: token('ink-3'), fontSize: 12 } };
  const side = narrow ? 62 : 92;
  const last = data.columns.length - 1;
  const step = (width - 2 * side - 8) / last;
  return {
    title: data.columns.map((text, i) => ({ text, left: i === 0 ? side : i === last ? width - side : side + step * i, top: 0, textAlign: i === 0 ? 'left' : i === last ? 'right' : 'left', padding: 0,
      textStyle: { fontSize: 12, lineHeight: 18, fontWeight: 400, color: token('ink-3'), fontFamily: token('font') } })),
    tooltip: { trigger: 'item', confine: true, padding: [6, 10], borderColor: token('line-2'), backgroundColor: token('surface'), textStyle: { color: token('ink'), fontSize: 12 }, extraCssText: 'box-shadow:none',
      formatter: ({ dataType, data: part, name }) => dataType === 'edge' ? `${part.words} <b>${part.value.toLocaleString()}</b>` : `${part.label_ || name} <b>${part.value_.toLocaleString()}</b>` },
    series: [{ type: 'sankey', left: side, right: side, top: 26, bottom: 6, nodeWidth: 8, nodeGap: narrow ? 8 : 10, layoutIterations: 0, draggable: false, emphasis: { focus: 'adjacency' },
      data: data.nodes.map(node => ({ name: node.id, depth: node.col, value: node.value, value_: node.value, label_: node.label, href: node.href,
        itemStyle: { color: paint(node.tone, 'line-2'), borderWidth: 0 },
        label: { position: node.col === 0 ? 'left' : 'right', distance: 6, color: token('ink-2'), fontSize: 12, rich,
          formatter: `${node.label} {n|${node.value.toLocaleString()}}${node.delta && !narrow ? ` {d|${node.delta}}` : ''}` } })),
      links: data.links.map(link => ({ source: link.from, target: link.to, value: link.value, words: link.label || '', href: link.href,
        lineStyle: { color: link.tone ? paint(link.tone, 'line-2') : token('line'), opacity: link.tone ? (link.soft ? .28 : .62) : .9, curveness: .5 } })) }],
  };
}

const KINDS = { flow };

function draw(element) {
  const kind = KINDS[element.dataset.lkChart];
  if (!kind || !element.clientWidth) return;
  const data = JSON.parse(element.dataset.lkData);
  let chart = live.get(element);
  if (!chart) {
    chart = init(element, null, { renderer: 'svg' });
    live.set(element, chart);
    chart.on('click', ({ data: part }) => { if (part?.href) location.assign(part.href); });
    let wide = element.clientWidth;
    new ResizeObserver(() => { if (element.clientWidth && element.clientWidth !== wide) { wide = element.clientWidth; draw(element); } }).observe(element);
  }
  chart.resize();
  chart.setOption({ animation: false, textStyle: { fontFamily: token('font'), fontSize: 12 }, ...kind(data, element.clientWidth) }, true);
}

export function drawAll(root) {
  for (const [element, chart] of live) if (!element.isConnected) { chart.dispose(); live.delete(element); }
  root.querySelectorAll('[data-lk-chart]').forEach(draw);
}

document.addEventListener('lk:theme', () => drawAll(document));
