/**
 * Deliberate faults of the kernel: FAULT(id) in the sources of kernel/ (fault.h). Faults in shared templates are built
 * for one instruction set, the portable one unless only the vector forms have the place.
 */
export interface Fault {
  readonly id: number;
  readonly what: string;
  readonly kernel: 'scalar' | 'avx2';
}

const scalar = (id: number, what: string): Fault => ({ id, what, kernel: 'scalar' });
const avx2 = (id: number, what: string): Fault => ({ id, what, kernel: 'avx2' });

export const faults: readonly Fault[] = [
  avx2(1, 'digit sums are flushed one weight too late'),
  scalar(2, 'the last pair of inputs of a tile is missing'),
  scalar(3, 'a negative even weight spills into the odd one'),
  scalar(4, 'the low half of a wide product is off by half the radix'),
  scalar(5, 'constants are added to every part'),
  scalar(6, 'a chunk overwrites the chunks before it'),
  scalar(7, 'the mixed terms of a square are not doubled'),
  scalar(8, 'the last group of columns of a block is not packed'),
  scalar(9, 'constants of the first prime are used for every prime'),
  scalar(10, 'the second half of a tile uses the weights of the first'),
  avx2(11, 'the low digit has no carry'),
  scalar(12, 'the forward transform leaves out its final reduction'),
  scalar(13, 'the inverse transform leaves out the reduction between passes'),
  scalar(14, 'one forward twiddle has the wrong sign'),
  scalar(15, 'neighbouring twiddles of the last levels are swapped'),
  scalar(16, 'wrong sign at the wrap of the automorphism'),
  scalar(17, 'divideByLast rounds down instead of to nearest'),
  scalar(18, 'the ChaCha20 counter advances by one block too few'),
  scalar(19, 'uniform sampling does not reject words of p and above'),
  scalar(20, 'ternary sampling does not skip the field 3'),
  scalar(21, 'two coins of the error sampler overlap'),
  scalar(22, 'the encoder forgets imaginary parts'),
  scalar(23, 'base conversion rounds its quotient down'),
  scalar(24, 'spread forgets the high part of large integers'),
  scalar(25, 'composition leaves out one step of the mixed radix'),
  scalar(26, 'unpack lets the value p pass'),
  scalar(27, 'relinearisation mixes up power and digit of a key'),
  scalar(28, 'relinearisation takes the NTT form of the wrong prime for a digit'),
  avx2(29, 'sums of products are reduced too late'),
  scalar(30, 'a sum of more products than fit at a time forgets the earlier ones'),
  scalar(31, 'a constant of two halves uses the first half for both'),
  scalar(32, 'symmetric encryption adds the mask instead of subtracting it'),
  scalar(33, 'public-key encryption uses one error twice'),
  scalar(34, 'composition takes every number for a small one'),
  scalar(35, 'raising a digit rounds its quotient down'),
  scalar(36, 'a rotation does not turn the values within a block'),
  scalar(37, 'the last, shorter digit leaves one of its primes out of a weight'),
  scalar(38, 'rotations mix up exponent and digit of a key'),
  scalar(39, 'a sum of rotations forgets the first parts'),
  scalar(40, 'key rows are taken by place in the basis instead of by prime'),
  avx2(41, 'uniform values are left in bit-reversed order'),
  scalar(42, 'sums of shifts are reduced too late'),
  scalar(43, 'rounding of plaintexts rounds its quotient down'),
  scalar(44, 'sparse constants of the first prime are used for every prime'),
  scalar(45, 'division in coefficient form subtracts the wrong residues'),
  scalar(46, 'a copied window forgets the coefficients that wrap'),
  scalar(47, 'a window that ends one beyond the row is read as it lies'),
  scalar(48, 'the passage to auxiliary primes rounds its quotient down'),
  scalar(49, 'the mixed term of a scaled square is not doubled'),
  scalar(50, 'a passage from many primes forgets the earlier ones'),
  scalar(51, 'every scaled product is taken for a square'),
  scalar(52, 'the remainder modulo Q is not brought into its range'),
  scalar(53, 'relinearisation of coefficients takes those of the wrong prime for a digit'),
  scalar(54, 'relinearisation in place reads what it has written'),
  scalar(55, 'plaintexts are lifted downwards instead of to nearest'),
  scalar(56, 'encryption in coefficient form takes one error for all coefficients'),
  scalar(57, 'the last byte of a tag is not compared'),
  scalar(58, 'a sealed field of 3 is let pass'),
  avx2(59, 'sums of products of the largest primes are reduced too late'),
  avx2(60, 'primes without digits are worked on in digits'),
];
