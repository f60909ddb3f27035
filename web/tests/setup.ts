import { vi } from "vitest";

/** jsdom knows no media queries; this one prefers light. */
window.matchMedia = vi.fn(() => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as unknown as MediaQueryList);
