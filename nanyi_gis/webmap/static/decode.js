"use strict";
// Reading what the page carries: plain JSON, or gzip in base64 behind "z".
window.nanyi = { parts: {}, rows: new Map(), grids: [], places: [], pending: [], known: new Map(), fresh: [], lasting: [] };

// Listens to the window or the document for as long as the page is open; a book opens one page after the other.
nanyi.listen = function (target, kind, action) {
  target.addEventListener(kind, action);
  nanyi.lasting.push(() => target.removeEventListener(kind, action));
};

nanyi.element = function (tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
};

// What stands in the document under an id; of a layer, words and data may stand apart under their content's name.
nanyi.read = (id) => JSON.parse(document.getElementById(id).textContent);
nanyi.blob = (given) => (typeof given === "string" ? nanyi.read(`b-${given}`) : given);
nanyi.record = function (id) {
  const found = nanyi.known.get(id) || nanyi.read(id);
  return { ...found, texts: nanyi.blob(found.texts), data: nanyi.blob(found.data) };
};

nanyi.bytes = function (base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

nanyi.inflate = async function (base64) {
  const stream = new Blob([nanyi.bytes(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

// The words of a layer, packed where they are many.
nanyi.unpackTexts = async (texts) => (texts.z ? JSON.parse(new TextDecoder().decode(await nanyi.inflate(texts.z))) : texts);

// Whole numbers written as zigzag varints between two places.
nanyi.varints = function (bytes, from, to) {
  const numbers = new Int32Array(to - from);
  let count = 0;
  let value = 0;
  let shift = 0;
  for (let i = from; i < to; i++) {
    value |= (bytes[i] & 127) << shift;
    if (bytes[i] & 128) {
      shift += 7;
    } else {
      numbers[count++] = (value >>> 1) ^ -(value & 1);
      value = 0;
      shift = 0;
    }
  }
  return numbers.subarray(0, count);
};

// Starts of lines stand apart from what follows, whose low and high bytes stand apart.
nanyi.parted = function (bytes, from, counts) {
  const length = new DataView(bytes.buffer).getUint32(from, true);
  const starts = nanyi.varints(bytes, from + 4, from + 4 + length);
  const low = from + 4 + length;
  const many = (bytes.length - low) / 2;
  const xy = new Int32Array(starts.length + many);
  let place = 0;
  let inner = 0;
  counts.forEach((count, line) => {
    xy[place++] = starts[2 * line];
    xy[place++] = starts[2 * line + 1];
    for (let k = 2; k < 2 * count; k++, inner++) {
      const value = bytes[low + inner] | (bytes[low + many + inner] << 8);
      xy[place++] = (value >>> 1) ^ -(value & 1);
    }
  });
  return xy;
};

// A packed layer: length of the JSON, the JSON, then the coordinates.
nanyi.unpack = async function (data) {
  if (!data.z) return data;
  const bytes = await nanyi.inflate(data.z);
  const header = new DataView(bytes.buffer).getUint32(0, true);
  const end = 4 + (header & 0x7fffffff);
  const record = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)));
  record.xy = header >>> 31 ? nanyi.parted(bytes, end, record.n) : nanyi.varints(bytes, end, bytes.length);
  return record;
};

// Yields the vertices of a layer one after the other, as Leaflet's [lat, lon].
nanyi.vertices = function (xy) {
  let position = 0;
  let x = 0;
  let y = 0;
  return (count) => {
    const out = new Array(count);
    for (let i = 0; i < count; i++) {
      x += xy[position++];
      y += xy[position++];
      out[i] = [y / 1e5, x / 1e5];
    }
    return out;
  };
};
