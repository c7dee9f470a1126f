/** A point of the drawing, x to the right and y down. */
export type Point = readonly [x: number, y: number];

/** Signed distance from a point to a shape's edge, negative inside, in the drawing's unit. */
export type Shape = (point: Point) => number;

/** A rectangle with round corners. @param half half of width and height, corners included */
export function roundedBox(centre: Point, half: Point, radius: number): Shape {
  return ([x, y]) => {
    const dx = Math.abs(x - centre[0]) - half[0] + radius;
    const dy = Math.abs(y - centre[1]) - half[1] + radius;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

/** A polygon whose corners are rounded outwards by `radius`. */
export function polygon(corners: readonly Point[], radius = 0): Shape {
  const edges = corners.map((corner, index) => [corners.at(index - 1) ?? corner, corner] as const);
  return (point) => {
    const distance = Math.min(...edges.map((edge) => distanceToSegment(point, edge)));
    // A ray to the right leaves the polygon as often as it enters it, and once more from inside.
    const isInside = edges.filter((edge) => crosses(point, edge)).length % 2 === 1;
    return (isInside ? -distance : distance) - radius;
  };
}

type Edge = readonly [Point, Point];

function distanceToSegment([x, y]: Point, [[ax, ay], [bx, by]]: Edge): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const nearest = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - ax - nearest * dx, y - ay - nearest * dy);
}

function crosses([x, y]: Point, [[ax, ay], [bx, by]]: Edge): boolean {
  return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax;
}
