// Draws images/icon.png: a cursor with ghost text after it, 128 × 128, from shapes and with no tool but zlib.
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

const SIZE = 128;
const OVERSAMPLING = 4;

/** Rounded rectangles, painted in this order: x, y, width, height, radius, colour with opacity. */
const SHAPES = [
  { box: [0, 0, 128, 128, 26], colour: [24, 28, 46, 1] },
  { box: [22, 36, 30, 10, 5], colour: [122, 214, 190, 1] },
  { box: [22, 59, 22, 10, 5], colour: [235, 238, 248, 1] },
  { box: [50, 50, 5, 28, 2.5], colour: [255, 204, 92, 1] },
  { box: [61, 59, 45, 10, 5], colour: [235, 238, 248, 0.42] },
  { box: [22, 82, 60, 10, 5], colour: [235, 238, 248, 0.42] },
];

function inside(x, y, [left, top, width, height, radius]) {
  const dx = Math.max(left + radius - x, 0, x - (left + width - radius));
  const dy = Math.max(top + radius - y, 0, y - (top + height - radius));
  return dx * dx + dy * dy <= radius * radius;
}

function sample(x, y) {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (const { box, colour } of SHAPES) {
    if (inside(x, y, box)) {
      const [r, g, b, a] = colour;
      const over = alpha * (1 - a);
      const total = a + over;
      [red, green, blue] = [
        (r * a + red * over) / total,
        (g * a + green * over) / total,
        (b * a + blue * over) / total,
      ];
      alpha = total;
    }
  }
  return [red, green, blue, alpha];
}

function pixel(column, row) {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < OVERSAMPLING * OVERSAMPLING; i += 1) {
    const x = column + ((i % OVERSAMPLING) + 0.5) / OVERSAMPLING;
    const y = row + (Math.floor(i / OVERSAMPLING) + 0.5) / OVERSAMPLING;
    const [r, g, b, a] = sample(x, y);
    sum[0] += r * a;
    sum[1] += g * a;
    sum[2] += b * a;
    sum[3] += a;
  }
  const alpha = sum[3] || 1;
  return [sum[0] / alpha, sum[1] / alpha, sum[2] / alpha, (sum[3] / OVERSAMPLING ** 2) * 255].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 6, 0, 0, 0], 8); // 8 bits a channel, RGBA, no interlacing
const rows = [];
for (let row = 0; row < SIZE; row += 1) {
  rows.push(0); // no filter
  for (let column = 0; column < SIZE; column += 1) {
    rows.push(...pixel(column, row));
  }
}
writeFileSync(
  "images/icon.png",
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.from(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]),
);
