/**
 * Largest log2 of the product of ALL moduli under which something is published (special primes included), for a
 * uniform ternary secret and an error of standard deviation 3.19 or more, against classical attacks.
 *
 * hes2024: Bossuat et al., "Security Guidelines for Implementing Homomorphic Encryption", eprint 2024/463, Table 5.2.
 * hes2018: Albrecht et al., "Homomorphic Encryption Standard" (2018), Table 1; for exchange with other libraries only.
 * A pair (n, bits) that is not here has no known security and is refused.
 */
export type SecurityBits = 128 | 192 | 256;
/** Which published table limits log2(QP): of 2024 (eprint 2024/463), or of 2018 (homomorphicencryption.org). */
export type SecurityProfile = 'hes2024' | 'hes2018';

export const DEFAULT_PROFILE: SecurityProfile = 'hes2024';

type Table = Readonly<Record<SecurityBits, Readonly<Record<number, number>>>>;

export const securityTables: Readonly<Record<SecurityProfile, Table>> = {
  hes2024: {
    128: { 1024: 26, 2048: 53, 4096: 106, 8192: 214, 16384: 430, 32768: 868, 65536: 1747, 131072: 3523 },
    192: { 2048: 36, 4096: 73, 8192: 147, 16384: 297, 32768: 597, 65536: 1199, 131072: 2411 },
    256: { 2048: 27, 4096: 56, 8192: 114, 16384: 230, 32768: 462, 65536: 929, 131072: 1866 },
  },
  hes2018: {
    128: { 1024: 27, 2048: 54, 4096: 109, 8192: 218, 16384: 438, 32768: 881 },
    192: { 1024: 19, 2048: 37, 4096: 75, 8192: 152, 16384: 305, 32768: 611 },
    256: { 1024: 14, 2048: 29, 4096: 58, 8192: 118, 16384: 237, 32768: 476 },
  },
};
