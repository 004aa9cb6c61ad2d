// The map of a report: draws it, moves a cursor about in it and tells what is there. Sets texts and attributes, never HTML.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const part = (name) => document.getElementById(name);
  const [plot, legend, readout, live, controls] = ['plot', 'legend', 'readout', 'live', 'controls'].map(part);
  const SVG = 'http://www.w3.org/2000/svg';

  // Elements -------------------------------------------------------------------------------------------------------------

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function shape(name, attributes = {}, ...children) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function swatch(colour) {
    const box = shape('svg', { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' });
    box.append(shape('rect', { width: 10, height: 10, fill: '#' + colour }));
    return box;
  }

  // Numbers --------------------------------------------------------------------------------------------------------------

  // As many digits as a number of this resolution has; six without one.
  function number(value, step = 0) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'undefined' : value > 0 ? '∞' : '−∞';
    const size = Math.abs(value);
    let text;
    if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
      text = value.toExponential(step > 0 ? 3 : 5).replace(/\.?0+e/, 'e').replace('e+', 'e');
    } else {
      const digits = step > 0 ? Math.ceil(-Math.log10(step)) : size === 0 ? 0 : 5 - Math.floor(Math.log10(size));
      text = value.toFixed(Math.min(12, Math.max(0, digits)));
      if (text.includes('.')) text = text.replace(/\.?0+$/, '');
    }
    return text.replace(/-/g, '−');
  }

  function perCent(fraction) {
    const value = 100 * fraction;
    if (value > 0 && value < 0.05) return '<0.1 %';
    if (value >= 99.95 && value < 100) return '>99.9 %';
    return value.toFixed(1) + ' %';
  }

  const withUnit = (text, unit) => (unit ? text + ' ' + unit : text);

  // Axes -----------------------------------------------------------------------------------------------------------------

  const axes = data.axes;
  for (const axis of axes) {
    axis.kept = Math.ceil(axis.length / axis.every);
    axis.isNamed = axis.labels.length > 0;
    for (const column of axis.columns) {
      column.value = column.values
        ? (index) => column.values[index]
        : (index) => column.from + (column.to - column.from) * ((index * axis.every) / (axis.length - 1));
    }
    axis.value = axis.isNamed ? (index) => index : axis.columns[0].value;
    const all = Array.from({ length: axis.kept }, (_, index) => axis.value(index));
    const hasOneSign = all.every((value) => value > 0) || all.every((value) => value < 0);
    axis.isLog = axis.log && hasOneSign && axis.kept > 2;
    axis.scaled = !axis.isLog ? (value) => value : all[0] > 0 ? Math.log10 : (value) => -Math.log10(-value);
    axis.places = all.map(axis.scaled);
    axis.order = all.map((_, index) => index).sort((one, other) => axis.places[one] - axis.places[other]);
    axis.rank = new Int32Array(axis.kept);
    axis.order.forEach((index, rank) => { axis.rank[index] = rank; });
    axis.edges = edges(axis.order.map((index) => axis.places[index]));
    axis.told = (index) => axis.isNamed ? axis.labels[index] : withUnit(number(axis.value(index)), axis.columns[0].unit);
  }

  function edges(places) {
    if (places.length === 0) return [0, 1];
    if (places.length === 1) return [places[0] - 0.5, places[0] + 0.5];
    const between = places.slice(1).map((place, at) => (places[at] + place) / 2);
    return [2 * places[0] - between[0], ...between, 2 * places[places.length - 1] - between[between.length - 1]];
  }

  // The rank of the cell at a place of an axis.
  function cell(own, place) {
    let [low, high] = [0, own.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (own[middle] <= place) low = middle; else high = middle - 1;
    }
    return low;
  }

  // Layers ---------------------------------------------------------------------------------------------------------------

  const layers = data.layers;
  const byName = (name) => layers.find((layer) => layer.name === name && layer.sort === 'feature');
  const labelsOf = { regime: data.labels, over_starts: data.over };
  const ramp = data.ramp.match(/.{6}/g);

  async function unpack(layer) {
    const own = layer.packed;
    const letters = atob(own.data);
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = own.lengths.reduce((product, length) => product * length, 1);
    const codes = own.bits === 8 ? planes : new Uint16Array(size);
    if (own.bits === 16) for (let at = 0; at < size; at += 1) codes[at] = planes[at] | (planes[size + at] << 8);
    const width = own.lengths.length > 0 ? own.lengths[own.lengths.length - 1] : 1;
    // An array of bytes or pairs of bytes keeps what fits of a sum.
    if (own.filter === 1) for (let at = 1; at < size; at += 1) codes[at] += codes[at - 1];
    if (own.filter === 2) {
      for (let at = 1; at < size; at += 1) {
        codes[at] += codes[at - 1] + (at >= width ? codes[at - width] : 0) - (at > width ? codes[at - width - 1] : 0);
      }
    }
    own.data = null;
    layer.top = own.bits === 8 ? 255 : 65535;
    layer.isFlag = ['regime', 'over_starts', 'status'].includes(layer.sort);
    layer.most = 0;
    if (!layer.isFlag) for (const code of codes) if (code !== layer.top && code > layer.most) layer.most = code;
    let stride = 1;
    layer.offsets = [];
    for (let axis = axes.length - 1; axis >= 0; axis -= 1) {
      const [length, every] = [own.lengths[axis], own.every[axis]];
      const place = (index) => Math.min(length - 1, Math.round((index * axes[axis].every) / every)) * stride;
      layer.offsets[axis] = Int32Array.from({ length: axes[axis].kept }, (_, index) => place(index));
      stride *= length;
    }
    layer.code = (at) => codes[at.reduce((sum, index, axis) => sum + layer.offsets[axis][index], 0)];
    layer.codes = codes;
  }

  const decoded = (layer, code) => (code === layer.top ? NaN : layer.packed.low + code * layer.packed.step);
  const isExact = (layer) => layer.packed.step === 0 || (layer.kind !== 'Real' && layer.packed.step === 1);

  function toldCode(layer, code) {
    if (code === layer.top) return 'undefined';
    if (layer.kind === 'Fact') return code + layer.packed.low > 0 ? 'yes' : 'no';
    const value = decoded(layer, code);
    const [under, over] = layer.packed.beyond;
    const sign = under && code === 0 ? '≤ ' : over && code === layer.most ? '≥ ' : '';
    return sign + withUnit(isExact(layer) ? number(value) : number(value, layer.packed.step), layer.unit);
  }

  // What is looked at ----------------------------------------------------------------------------------------------------

  const sample = axes.findIndex((axis) => axis.sample);
  const numeric = axes.map((_, at) => at).filter((at) => !axes[at].isNamed && axes[at].length > 1);
  const state = {
    layer: 0,
    x: numeric.length > 0 ? numeric[numeric.length - 1] : axes.length - 1,
    y: numeric.length > 1 ? numeric[numeric.length - 2] : -1,
    across: 0,
    upwards: 1,
    at: axes.map((axis) => (axis.isNamed ? 0 : axis.kept >> 1)),
  };
  if (sample >= 0) [state.x, state.y] = [sample, -1];

  // What runs of a design can be drawn over: their inputs and their features.
  const drawn = [];
  let frame = null;

  function fillDrawn() {
    if (sample < 0) return;
    const axis = axes[sample];
    axis.columns.slice(1).forEach((column) => {
      const all = Array.from({ length: axis.kept }, (_, index) => column.value(index));
      drawn.push({ name: column.name, shown: column.shown, get: () => all });
    });
    for (const layer of layers.filter((own) => own.sort === 'feature')) {
      const get = () => {
        const at = state.at.slice();
        return Array.from({ length: axis.kept }, (_, index) => { at[sample] = index; return decoded(layer, layer.code(at)); });
      };
      drawn.push({ name: layer.name, shown: layer.shown, get });
    }
    if (drawn.length < 2) state.upwards = 0;
  }

  // Controls -------------------------------------------------------------------------------------------------------------

  function select(text, options, value, change) {
    const own = element('select');
    for (const [key, shown] of options) {
      const option = element('option', { value: key }, shown);
      if (key === value) option.selected = true;
      own.append(option);
    }
    own.addEventListener('change', () => change(Number(own.value)));
    return element('label', {}, text, own);
  }

  function buildControls() {
    controls.replaceChildren();
    if (axes.length === 0) return;
    const shown = layers.map((layer, at) => [at, layer.shown]).filter(([at]) => layers[at].sort !== 'status');
    controls.append(select('Shown', shown, state.layer, (value) => { state.layer = value; draw(); }));
    const rebuild = () => { buildControls(); draw(); };
    if (sample >= 0) {
      const all = drawn.map((own, at) => [at, own.shown]);
      controls.append(select('Across', all, state.across, (value) => { state.across = value; draw(); }));
      controls.append(select('Upwards', all, state.upwards, (value) => { state.upwards = value; draw(); }));
    } else if (axes.filter((axis) => axis.length > 1).length > 1) {
      const all = axes.map((axis, at) => [at, axis.shown]).filter(([at]) => axes[at].length > 1);
      const turn = (name, other) => (value) => {
        if (value === state[other]) state[other] = state[name] >= 0 ? state[name] : all.find(([at]) => at !== value)[0];
        state[name] = value;
        rebuild();
      };
      controls.append(select('Across', all, state.x, turn('x', 'y')));
      controls.append(select('Upwards', [...all, [-1, 'features, as lines over one axis']], state.y, turn('y', 'x')));
    }
    axes.forEach((axis, at) => {
      if (at === state.x || at === state.y || axis.kept < 2) return;
      const value = element('span', { class: 'value' }, axis.told(state.at[at]));
      const input = element('input', { type: 'range', min: 0, max: axis.kept - 1, step: 1, name: axis.name });
      input.value = axis.rank[state.at[at]];
      input.setAttribute('aria-valuetext', axis.told(state.at[at]));
      input.addEventListener('input', () => {
        state.at[at] = axis.order[Number(input.value)];
        value.textContent = axis.told(state.at[at]);
        input.setAttribute('aria-valuetext', axis.told(state.at[at]));
        draw();
      });
      controls.append(element('label', { class: 'slider' }, element('span', {}, axis.shown, ': ', value), input));
    });
  }

  // Scales ---------------------------------------------------------------------------------------------------------------

  function ticks(low, high, most) {
    if (!(high > low)) return [low];
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((own) => own * power).find((own) => own >= rough);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at += 1) found.push(at * step);
    return found.map((value) => Number(value.toPrecision(12)));
  }

  function ticksOf(axis, low, high, most) {
    if (axis.isNamed) {
      const every = Math.ceil(axis.kept / most);
      return axis.order.filter((_, at) => at % every === 0).map((index) => [axis.places[index], axis.labels[index]]);
    }
    if (!axis.isLog) return ticks(low, high, most).map((value) => [value, number(value)]);
    const isNegative = axis.value(0) < 0;
    const every = Math.max(1, Math.ceil((high - low) / most));
    const found = [];
    for (let power = Math.floor(low) - 1; power <= Math.ceil(high) + 1; power += 1) {
      for (const factor of high - low < 2.7 ? [1, 2, 5] : [1]) {
        const value = isNegative ? -factor * 10 ** -power : factor * 10 ** power;
        const place = axis.scaled(value);
        if (place >= low && place <= high && power % every === 0) found.push([place, number(value)]);
      }
    }
    return found;
  }

  // Drawing --------------------------------------------------------------------------------------------------------------

  function colours(layer) {
    const rgb = (text) => [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16));
    const packed = ([red, green, blue]) => (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
    if (layer.isFlag) return Uint32Array.from(labelsOf[layer.sort], (label) => packed(rgb(label.colour)));
    const all = new Uint32Array(layer.top + 1);
    for (let code = 0; code <= layer.top; code += 1) {
      all[code] = packed(rgb(code > layer.most ? data.undefined : ramp[Math.round((255 * code) / Math.max(1, layer.most))]));
    }
    return all;
  }

  const hex = (layer, code) => {
    if (layer.isFlag) return labelsOf[layer.sort][code].colour;
    return code > layer.most ? data.undefined : ramp[Math.round((255 * code) / Math.max(1, layer.most))];
  };

  function stage(height, left, bottom) {
    const width = Math.max(240, plot.clientWidth);
    const own = { width, height, left, top: 10, right: width - 12, bottom: height - bottom };
    const canvas = element('canvas', { 'aria-hidden': 'true' });
    const svg = shape('svg', { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' });
    const clip = shape('clipPath', { id: 'inside' });
    clip.append(shape('rect', { x: left, y: own.top, width: own.right - left, height: own.bottom - own.top }));
    svg.append(clip);
    plot.replaceChildren(canvas, svg);
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    own.columns = Math.round((own.right - own.left) * ratio);
    own.rows = Math.round((own.bottom - own.top) * ratio);
    [canvas.width, canvas.height] = [own.columns, own.rows];
    Object.assign(canvas.style, { left: own.left + 'px', top: own.top + 'px', width: own.right - own.left + 'px', height: own.bottom - own.top + 'px' });
    return Object.assign(own, { canvas, svg, ratio });
  }

  function frameOf(own, x, y) {
    const { svg, left, top, right, bottom } = own;
    const box = { class: 'frame', x: left, y: top, width: right - left, height: bottom - top };
    svg.append(shape('rect', box));
    for (const [place, text] of x.ticks) {
      const at = own.toX(place);
      if (at < left - 1 || at > right + 1) continue;
      svg.append(shape('line', { class: 'tick', x1: at, x2: at, y1: bottom, y2: bottom + 5 }));
      svg.append(shape('text', { x: at, y: bottom + 18, 'text-anchor': 'middle' }, text));
    }
    svg.append(shape('text', { class: 'title', x: (left + right) / 2, y: bottom + 36, 'text-anchor': 'middle' }, x.title));
    if (!y) return;
    for (const [place, text] of y.ticks) {
      const at = own.toY(place);
      if (at < top - 1 || at > bottom + 1) continue;
      svg.append(shape('line', { class: 'tick', x1: left - 5, x2: left, y1: at, y2: at }));
      svg.append(shape('text', { x: left - 8, y: at + 4, 'text-anchor': 'end' }, text));
    }
    const [across, down] = [14, (top + bottom) / 2];
    const turned = { class: 'title', x: across, y: down, 'text-anchor': 'middle', transform: `rotate(-90 ${across} ${down})` };
    svg.append(shape('text', turned, y.title));
  }

  // A long title of an axis is cut to its name.
  const titled = (shown, name, pixels) => (shown.length * 7 > pixels ? name : shown);

  function linear(from, to, first, last) {
    const factor = (last - first) / ((to - from) || 1);
    return { to: (value) => first + (value - from) * factor, from: (pixel) => from + (pixel - first) / factor };
  }

  function drawPlane() {
    const [xAxis, yAxis] = [axes[state.x], axes[state.y]];
    const width = Math.max(240, plot.clientWidth);
    const own = stage(Math.round(Math.min(640, Math.max(300, 0.72 * width))), width < 500 ? 58 : 70, 46);
    const [xEnds, yEnds] = [xAxis, yAxis].map((axis) => [axis.edges[0], axis.edges[axis.edges.length - 1]]);
    const x = linear(...xEnds, own.left, own.right);
    const y = linear(...yEnds, own.bottom, own.top);
    Object.assign(own, { toX: x.to, toY: y.to });
    own.pick = (px, py) => {
      state.at[state.x] = xAxis.order[cell(xAxis.edges, x.from(px))];
      state.at[state.y] = yAxis.order[cell(yAxis.edges, y.from(py))];
    };
    own.move = (dx, dy) => { step(xAxis, state.x, dx); step(yAxis, state.y, dy); };
    own.ends = (toEnd) => { state.at[state.x] = xAxis.order[toEnd ? xAxis.kept - 1 : 0]; };
    own.mark = () => {
      const [px, py] = [x.to(xAxis.places[state.at[state.x]]), y.to(yAxis.places[state.at[state.y]])];
      return [['line', { x1: px, x2: px, y1: own.top, y2: own.bottom }], ['line', { x1: own.left, x2: own.right, y1: py, y2: py }],
        ['circle', { cx: px, cy: py, r: 6 }]];
    };
    paint(own, xAxis, yAxis, x, y);
    const xTitle = titled(xAxis.shown, xAxis.name, own.right - own.left);
    const yTitle = titled(yAxis.shown, yAxis.name, own.bottom - own.top);
    frameOf(own,
      { title: xTitle, ticks: ticksOf(xAxis, ...xEnds, width < 500 ? 4 : 8) },
      { title: yTitle, ticks: ticksOf(yAxis, ...yEnds, 7) });
    drawCurves(own, xAxis, yAxis, x, y);
    return own;
  }

  // Every pixel has the colour of its cell; wide cells have lines between labels that differ.
  function paint(own, xAxis, yAxis, x, y) {
    const layer = layers[state.layer];
    const palette = colours(layer);
    const others = state.at.reduce((sum, index, axis) => (axis === state.x || axis === state.y ? sum : sum + layer.offsets[axis][index]), 0);
    const { columns, rows, ratio } = own;
    const across = Int32Array.from({ length: columns }, (_, at) => {
      const rank = cell(xAxis.edges, x.from(own.left + (at + 0.5) / ratio));
      return layer.offsets[state.x][xAxis.order[rank]];
    });
    const context = own.canvas.getContext('2d');
    const image = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const line = (255 << 24 | 0x1a1a1a) >>> 0;
    const isWide = layer.isFlag && columns >= 4 * xAxis.kept && rows >= 4 * yAxis.kept;
    let above = null;
    for (let row = 0; row < rows; row += 1) {
      const rank = cell(yAxis.edges, y.from(own.top + (row + 0.5) / ratio));
      const first = others + layer.offsets[state.y][yAxis.order[rank]];
      for (let column = 0; column < columns; column += 1) {
        const place = first + across[column];
        let colour = palette[layer.codes[place]];
        if (isWide) {
          const isEdge = (column > 0 && layer.codes[first + across[column - 1]] !== layer.codes[place])
            || (above !== null && layer.codes[above + across[column]] !== layer.codes[place]);
          if (isEdge) colour = line;
        }
        pixels[row * columns + column] = colour;
      }
      above = first;
    }
    context.putImageData(image, 0, 0);
  }

  const LOOKS = {
    fold: ['fold', '#111', ''], crossing: ['branches cross', '#555', ''], supercritical: ['Hopf, supercritical', '#c4002f', ''],
    subcritical: ['Hopf, subcritical', '#c4002f', '7 5'], several: ['Hopf, several at once', '#9a3b8f', ''],
  };
  const NAMES = { bogdanov_takens: 'BT', cusp: 'CP', generalised_hopf: 'GH' };
  const FULL_NAMES = { bogdanov_takens: 'Bogdanov-Takens', cusp: 'cusp', generalised_hopf: 'generalised Hopf' };

  function curvesOf(xAxis, yAxis) {
    const own = data.curves;
    if (!own) return null;
    const [x, y] = [xAxis.name, yAxis.name];
    if (own.along === x && own.with === y) return (point) => point;
    return own.along === y && own.with === x ? ([one, other]) => [other, one] : null;
  }

  function look(curve, at) {
    if (curve.kind === 'branch_point') return 'crossing';
    if (curve.kind !== 'hopf') return 'fold';
    if (curve.signs.length === 0) return 'several';
    return curve.signs[at] > 0 ? 'subcritical' : 'supercritical';
  }

  function drawCurves(own, xAxis, yAxis, x, y) {
    const turned = curvesOf(xAxis, yAxis);
    own.looks = new Set();
    if (!turned) return;
    const layer = shape('g', { 'clip-path': 'url(#inside)', fill: 'none', 'stroke-linejoin': 'round' });
    const pixel = (point) => {
      const [across, up] = turned(point);
      return [x.to(xAxis.scaled(across)), y.to(yAxis.scaled(up))];
    };
    const parts = [];
    for (const curve of data.curves.curves) {
      let last = null;
      curve.points.forEach((point, at) => {
        const kind = look(curve, at);
        const place = pixel(point);
        if (!place.every(Number.isFinite)) { last = null; return; }
        if (last === null || last.kind !== kind) {
          const first = last === null ? [] : [last.points[last.points.length - 1]];
          last = { kind, points: first };
          parts.push(last);
        }
        last.points.push(place);
      });
    }
    const path = (points) => 'M' + points.map((place) => place.map((value) => value.toFixed(1)).join(' ')).join('L');
    for (const { points } of parts) layer.append(shape('path', { d: path(points), stroke: '#fff', 'stroke-width': 4.5, opacity: 0.85 }));
    for (const { kind, points } of parts) {
      const [, colour, dashes] = LOOKS[kind];
      layer.append(shape('path', { d: path(points), stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dashes }));
      own.looks.add(kind);
    }
    for (const { kind, at } of data.curves.points) {
      if (!NAMES[kind]) continue;
      const [across, up] = pixel(at);
      layer.append(shape('circle', { cx: across, cy: up, r: 4.5, fill: '#111', stroke: '#fff', 'stroke-width': 1.5 }));
      layer.append(shape('text', { class: 'point', x: across + 8, y: up - 6, fill: '#111', stroke: '#fff', 'stroke-width': 3, 'paint-order': 'stroke' }, NAMES[kind]));
      own.looks.add(kind);
    }
    own.svg.append(layer);
  }

  function step(axis, at, by) {
    if (by === 0) return;
    state.at[at] = axis.order[Math.min(axis.kept - 1, Math.max(0, axis.rank[state.at[at]] + by))];
  }

  // Features over one axis, and what its points are called below them.
  function linesShown() {
    const layer = layers[state.layer];
    if (!layer.isFlag) return [layer];
    const all = layers.filter((own) => own.sort === 'feature');
    const low = all.find((own) => own.name === 'minimum' || own.name.endsWith('_minimum'));
    const high = low && byName(low.name.replace(/minimum$/, 'maximum'));
    return high ? [low, high] : all.slice(0, 1);
  }

  function drawLine() {
    const axis = axes[state.x];
    const shown = linesShown();
    const width = Math.max(240, plot.clientWidth);
    const own = stage(shown.length > 0 ? Math.round(Math.min(480, Math.max(280, 0.55 * width))) : 110, width < 500 ? 58 : 70, 46);
    const ends = [axis.edges[0], axis.edges[axis.edges.length - 1]];
    const x = linear(...ends, own.left, own.right);
    const strip = 20;
    const floor = own.bottom - strip - 6;
    const [low, high] = [Math.min(...shown.map((layer) => layer.packed.low)), Math.max(...shown.map((layer) => decoded(layer, layer.most)))];
    const margin = 0.04 * ((high - low) || Math.abs(high) || 1);
    const y = linear(low - margin, high + margin, floor, own.top);
    Object.assign(own, { toX: x.to, toY: y.to });
    own.pick = (px) => { state.at[state.x] = axis.order[cell(axis.edges, x.from(px))]; };
    own.move = (dx) => step(axis, state.x, dx);
    own.ends = (toEnd) => { state.at[state.x] = axis.order[toEnd ? axis.kept - 1 : 0]; };
    own.mark = () => {
      const px = x.to(axis.places[state.at[state.x]]);
      return [['line', { x1: px, x2: px, y1: own.top, y2: own.bottom }]];
    };
    const labels = layers[state.layer].sort === 'over_starts' ? layers[state.layer] : layers[0];
    const context = own.canvas.getContext('2d');
    context.scale(own.ratio, own.ratio);
    const at = state.at.slice();
    axis.order.forEach((index, rank) => {
      at[state.x] = index;
      const colour = '#' + hex(labels, labels.code(at));
      context.fillStyle = colour;
      const [from, to] = [axis.edges[rank], axis.edges[rank + 1]].map((place) => x.to(place) - own.left);
      context.fillRect(from, own.bottom - strip - own.top, to - from + 0.5, strip);
      for (const layer of shown) {
        const value = decoded(layer, layer.code(at));
        if (Number.isNaN(value)) continue;
        dot(context, x.to(axis.places[index]) - own.left, y.to(value) - own.top, colour);
      }
    });
    const yTicks = ticks(low - margin, high + margin, 6).map((value) => [value, number(value)]);
    const title = shown.length > 1 ? `${shown[0].shown} and ${shown[1].name}` : shown.length > 0 ? shown[0].shown : '';
    frameOf(own, { title: titled(axis.shown, axis.name, own.right - own.left), ticks: ticksOf(axis, ...ends, width < 500 ? 4 : 8) },
      shown.length > 0 ? { title: titled(title, shown[0].name, floor - own.top), ticks: yTicks } : null);
    return own;
  }

  function dot(context, across, down, colour) {
    context.beginPath();
    context.arc(across, down, 2.6, 0, 7);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 0.6;
    context.strokeStyle = 'rgba(90, 90, 90, 0.8)';
    context.stroke();
  }

  // The runs of a design.
  function drawRuns() {
    const [across, upwards] = [drawn[state.across], drawn[state.upwards]];
    const [xs, ys] = [across.get(), upwards.get()];
    const width = Math.max(240, plot.clientWidth);
    const own = stage(Math.round(Math.min(560, Math.max(300, 0.66 * width))), width < 500 ? 58 : 70, 46);
    const range = (values) => {
      const finite = values.filter(Number.isFinite);
      const [low, high] = [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), -Infinity)];
      if (!(high >= low)) return [0, 1];
      const margin = 0.03 * ((high - low) || Math.abs(high) || 1);
      return [low - margin, high + margin];
    };
    const [xEnds, yEnds] = [range(xs), range(ys)];
    const x = linear(...xEnds, own.left, own.right);
    const y = linear(...yEnds, own.bottom, own.top);
    Object.assign(own, { toX: x.to, toY: y.to });
    const pixels = xs.map((value, index) => [x.to(value), y.to(ys[index])]);
    const there = pixels.map((_, index) => index).filter((index) => pixels[index].every(Number.isFinite));
    own.pick = (px, py) => {
      let [best, nearest] = [state.at[sample], Infinity];
      for (const index of there) {
        const far = (pixels[index][0] - px) ** 2 + (pixels[index][1] - py) ** 2;
        if (far < nearest) [best, nearest] = [index, far];
      }
      state.at[sample] = best;
    };
    const sorted = [0, 1].map((way) => there.slice().sort((one, other) => (pixels[one][way] - pixels[other][way]) * (way ? -1 : 1)));
    const go = (order, by) => {
      if (by === 0 || order.length === 0) return;
      const now = order.indexOf(state.at[sample]);
      state.at[sample] = order[Math.min(order.length - 1, Math.max(0, now + by))];
    };
    own.move = (dx, dy) => { go(sorted[0], dx); go(sorted[1], dy); };
    own.ends = (toEnd) => go(sorted[0], toEnd ? Infinity : -Infinity);
    own.mark = () => {
      const place = pixels[state.at[sample]];
      return place.every(Number.isFinite) ? [['circle', { cx: place[0], cy: place[1], r: 7 }]] : [];
    };
    const layer = layers[state.layer];
    const context = own.canvas.getContext('2d');
    context.scale(own.ratio, own.ratio);
    const at = state.at.slice();
    for (const index of there) {
      at[sample] = index;
      dot(context, pixels[index][0] - own.left, pixels[index][1] - own.top, '#' + hex(layer, layer.code(at)));
    }
    const told = (values) => values.map((value) => [value, number(value)]);
    frameOf(own, { title: titled(across.shown, across.name, own.right - own.left), ticks: told(ticks(...xEnds, width < 500 ? 4 : 8)) },
      { title: titled(upwards.shown, upwards.name, own.bottom - own.top), ticks: told(ticks(...yEnds, 6)) });
    return own;
  }

  // Legend ---------------------------------------------------------------------------------------------------------------

  function drawLegend() {
    const layer = layers[state.layer];
    const content = [];
    if (layer.isFlag || (state.y < 0 && sample < 0)) content.push(...labelsLegend(layer.isFlag ? layer : layers[0]));
    else content.push(...scaleLegend(layer));
    content.push(...curvesLegend());
    legend.replaceChildren(...content);
  }

  function labelsLegend(layer) {
    const labels = labelsOf[layer.sort];
    const counts = new Array(labels.length).fill(0);
    const others = state.at.reduce((sum, index, axis) => (axis === state.x || axis === state.y ? sum : sum + layer.offsets[axis][index]), 0);
    const rows = state.y < 0 ? [0] : layer.offsets[state.y];
    for (const row of rows) for (const column of layer.offsets[state.x]) counts[layer.codes[others + row + column]] += 1;
    const all = rows.length * layer.offsets[state.x].length;
    const list = element('ul');
    labels.forEach((label, own) => {
      if (counts[own] === 0) return;
      const text = element('span', {}, label.shown + (label.seizing ? ' (seizing)' : ''));
      list.append(element('li', {}, swatch(label.colour), text, element('span', { class: 'part' }, perCent(counts[own] / all))));
    });
    const isAll = axes.every((axis, own) => own === state.x || own === state.y || axis.kept < 2);
    return [element('p', {}, isAll ? 'Shares of all points' : 'Shares of the points shown'), list];
  }

  function scaleLegend(layer) {
    const strip = shape('svg', { class: 'scale', viewBox: '0 0 64 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    for (let at = 0; at < 64; at += 1) strip.append(shape('rect', { x: at, width: 1.05, height: 1, fill: '#' + ramp[at * 4 + 2] }));
    const [low, high] = [toldCode(layer, 0), toldCode(layer, layer.most)];
    const made = [element('p', {}, layer.meaning || layer.shown), strip, element('div', { class: 'ends' }, element('span', {}, low), element('span', {}, high))];
    const list = element('ul', {}, element('li', {}, swatch(data.undefined), element('span', {}, 'undefined')));
    made.push(list);
    return made;
  }

  function curvesLegend() {
    const own = frame && frame.looks;
    if (!own || own.size === 0) return [];
    const list = element('ul');
    for (const kind of own) {
      if (LOOKS[kind]) {
        const [text, colour, dashes] = LOOKS[kind];
        const line = shape('svg', { class: 'swatch', viewBox: '0 0 20 10', 'aria-hidden': 'true' });
        line.append(shape('rect', { width: 20, height: 10, fill: '#fff' }), shape('path', { d: 'M0 5H20', stroke: colour, 'stroke-width': 3, 'stroke-dasharray': dashes }));
        list.append(element('li', {}, line, element('span', {}, text)));
      } else {
        list.append(element('li', {}, element('span', {}, NAMES[kind] + ': ' + FULL_NAMES[kind])));
      }
    }
    const apart = axes.filter((axis, at) => at !== state.x && at !== state.y && axis.name in data.curves.fixed
      && Math.abs(data.curves.fixed[axis.name] - axis.value(state.at[at])) > 1e-9 * Math.abs(data.curves.fixed[axis.name]));
    const where = apart.map((axis) => `${axis.name} = ${number(data.curves.fixed[axis.name])}`).join(', ');
    return [element('p', {}, where ? `Equilibria, at ${where}, not as in the map` : 'Equilibria'), list];
  }

  // The point under the cursor -------------------------------------------------------------------------------------------

  function coordinates() {
    return axes.flatMap((axis, at) => {
      if (axis.isNamed) return [[axis.name, axis.labels[state.at[at]], axis.name === 'start' ? axis.labels[state.at[at]] : String(state.at[at])]];
      const own = axis.sample ? axis.columns.slice(1) : axis.columns;
      return own.map((column) => {
        const value = column.value(state.at[at]);
        return [column.name, withUnit(number(value), column.unit), String(value)];
      });
    });
  }

  const quoted = (word) => (/^[A-Za-z0-9_.,/=+:@%-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);

  function drawReadout() {
    const label = data.labels[layers[0].code(state.at)];
    const status = layers.find((layer) => layer.sort === 'status');
    const how = status && status.codes ? data.statuses[status.code(state.at)] : '';
    const places = coordinates();
    const list = element('dl');
    const pair = (name, text) => list.append(element('div', {}, element('dt', {}, name), element('dd', {}, text)));
    for (const [name, text] of places) pair(name, text);
    for (const layer of layers) {
      if (!layer.codes || layer.sort === 'regime' || layer.sort === 'status') continue;
      const code = layer.code(state.at);
      pair(layer.name, layer.isFlag ? data.over[code].shown : toldCode(layer, code));
    }
    const command = ['ictus', 'point', data.subject, ...places.map(([name, , exact]) => `${name}=${exact}`)].map(quoted).join(' ');
    const head = element('p', { class: 'head' }, swatch(label.colour), ' ', label.shown + (label.seizing ? ', seizing' : ''), how ? ` (status ${how.replace(/_/g, ' ')})` : '');
    const content = [head, element('p', { class: 'rule' }, 'called so when ', element('code', {}, label.when)), list];
    const line = element('p', { class: 'command' }, element('code', {}, command), copyButton(() => command, 'Copy the command for all digits'));
    content.push(line);
    if (data.chained) {
      content.push(element('p', { class: 'rule' }, 'Points of this map go on from each other; ictus point starts each anew, so its numbers may differ.'));
    }
    readout.replaceChildren(...content);
    return `${places.map(([name, text]) => `${name} ${text}`).join(', ')}: ${label.shown}${label.seizing ? ', seizing' : ''}`;
  }

  let waiting = 0;
  function say(text) {
    clearTimeout(waiting);
    waiting = setTimeout(() => { live.textContent = text; }, 200);
  }

  function drawCursor(isHeard) {
    const text = drawReadout();
    const layer = layers[state.layer];
    const more = layer.isFlag ? '' : `, ${layer.name} ${toldCode(layer, layer.code(state.at))}`;
    if (frame) {
      frame.svg.querySelectorAll('.cursor').forEach((own) => own.remove());
      for (const kind of ['halo', 'cross']) {
        for (const [name, attributes] of frame.mark()) frame.svg.append(shape(name, { class: `cursor ${kind}`, ...attributes }));
      }
    }
    if (isHeard) say(text + more);
  }

  function draw() {
    if (axes.length > 0) {
      frame = sample >= 0 ? drawRuns() : state.y >= 0 ? drawPlane() : drawLine();
      drawLegend();
    }
    drawCursor(false);
  }

  // Mouse, finger, keys --------------------------------------------------------------------------------------------------

  const place = (event) => {
    const box = plot.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const isInside = ([x, y]) => frame && x >= frame.left && x <= frame.right && y >= frame.top && y <= frame.bottom;
  let isDown = false;
  let tip = null;

  plot.addEventListener('pointerdown', (event) => {
    if (!isInside(place(event))) return;
    isDown = true;
    frame.pick(...place(event));
    drawCursor(true);
  });
  window.addEventListener('pointerup', () => { isDown = false; });
  plot.addEventListener('pointermove', (event) => {
    const at = place(event);
    if (tip) tip.remove();
    if (!isInside(at)) return;
    if (isDown) { frame.pick(...at); drawCursor(true); return; }
    if (event.pointerType !== 'mouse') return;
    const kept = state.at.slice();
    frame.pick(...at);
    const layer = layers[state.layer];
    const code = layer.code(state.at);
    tip = element('div', { class: 'tip', 'aria-hidden': 'true' }, layer.isFlag ? labelsOf[layer.sort][code].shown : toldCode(layer, code));
    state.at = kept;
    plot.append(tip);
    const isLeft = at[0] < (frame.left + frame.right) / 2;
    tip.style.top = at[1] + 12 + 'px';
    if (isLeft) tip.style.left = at[0] + 14 + 'px'; else tip.style.right = frame.width - at[0] + 14 + 'px';
  });
  plot.addEventListener('pointerleave', () => { if (tip) tip.remove(); });

  plot.addEventListener('keydown', (event) => {
    if (!frame || event.ctrlKey || event.altKey || event.metaKey) return;
    const far = event.shiftKey ? 10 : 1;
    const ways = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
    if (ways[event.key]) frame.move(...ways[event.key]);
    else if (event.key === 'Home' || event.key === 'End') frame.ends(event.key === 'End');
    else return;
    event.preventDefault();
    drawCursor(true);
  });

  // Copying --------------------------------------------------------------------------------------------------------------

  function copyButton(text, shown) {
    const button = element('button', { type: 'button' }, shown);
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text());
      } catch {
        const area = element('textarea', { 'aria-hidden': 'true' });
        area.value = text();
        document.body.append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
        button.focus();
      }
      const before = shown;
      button.textContent = 'Copied';
      say('copied');
      setTimeout(() => { button.textContent = before; }, 1500);
    });
    return button;
  }

  for (const [name, shown] of [['paragraph', 'Copy the paragraph'], ['bibtex', 'Copy the references']]) {
    const own = part(name);
    if (own) own.after(copyButton(() => own.textContent, shown));
  }

  // Beginning ------------------------------------------------------------------------------------------------------------

  const fail = (text) => plot.replaceChildren(element('p', {}, text));

  async function begin() {
    if (typeof DecompressionStream === 'undefined') {
      fail('This browser is too old to unpack the map; it needs Chromium 103, Firefox 113 or Safari 16.4. The tables below need nothing.');
      return;
    }
    if (layers.length === 0 || layers[0].sort !== 'regime') { fail('The map was too large for this page.'); return; }
    await unpack(layers[0]);
    await Promise.all(layers.slice(1).map(unpack));
    fillDrawn();
    buildControls();
    if (axes.length === 0) { plot.remove(); legend.remove(); part('help').remove(); }
    draw();
    let width = plot.clientWidth;
    const redraw = () => { if (plot.clientWidth !== width) { width = plot.clientWidth; draw(); } };
    if (axes.length > 0) new ResizeObserver(redraw).observe(plot);
    window.addEventListener('beforeprint', redraw);
    window.addEventListener('afterprint', redraw);
    document.documentElement.dataset.ready = 'yes';
  }

  begin().catch((error) => { fail('The map could not be drawn: ' + error.message); throw error; });
})();
