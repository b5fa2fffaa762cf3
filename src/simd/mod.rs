//! Which bytes stand where, many at a time: the only vector code of the library, and what stands in for it.
//!
//! Whoever searches text says which bytes mean something and gets a bit for each of them, the first byte in the lowest
//! bit; what the bits mean is written once, where they are wanted. By length:
//!
//! * [`run`]: a whole loop over blocks of 64 bytes ([`Find`]), compiled for AVX-512, AVX2 and NEON; what the CPU
//!   has is asked once for each loop.
//! * [`Wanted`]: the usual loop of this kind, all places of some bytes in a text.
//! * [`sixteen`]: 16 bytes, for texts that are short, with SSE2, which every x86-64 CPU has, or NEON, which every 64-bit
//!   Arm CPU has.
//! * [`word`]: eight bytes in a register of any CPU.
//!
//! Every vector function has a twin that runs anywhere and finds the same; one property (`tests.rs`) compares them all
//! with a search byte by byte.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
pub mod sixteen;
#[cfg(test)]
mod tests;
mod wanted;
pub mod word;
#[allow(dead_code, reason = "the twin that vectors are compared with, on machines that all have them")]
mod words;

pub use wanted::Wanted;

/// Bytes looked at together.
pub const BLOCK: usize = 64;

/// Compares the bytes of a block.
pub trait Find: Copy {
    /// A bit for each byte of `block` that is one of `bytes` or, with `CONTROLS`, a control character: below 0x20.
    fn mask<const CONTROLS: bool, const N: usize>(self, block: &[u8; BLOCK], bytes: [u8; N]) -> u64;

    /// A bit for each byte of `block` that is one of `bytes`.
    #[inline(always)]
    fn any_of<const N: usize>(self, block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        self.mask::<false, N>(block, bytes)
    }
}

/// Work that looks at blocks.
pub trait Job {
    /// What comes out.
    type Out;
    /// Does the work. Implementations are `#[inline(always)]`, so that they are compiled for the CPU that `find` is
    /// for.
    fn run<F: Find>(self, find: F) -> Self::Out;
}

/// Runs `job` with the widest comparison that the CPU has.
#[inline]
pub fn run<J: Job>(job: J) -> J::Out {
    #[cfg(target_arch = "x86_64")]
    if avx512::is_here() {
        // SAFETY: the CPU has the features that `avx512::run` is compiled with: just asked.
        return unsafe { avx512::run(job) };
    }
    #[cfg(target_arch = "x86_64")]
    if avx2::is_here() {
        // SAFETY: the CPU has the features that `avx2::run` is compiled with: just asked.
        return unsafe { avx2::run(job) };
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    let find = neon::Neon;
    #[cfg(not(all(target_arch = "aarch64", target_endian = "little")))]
    let find = words::Words;
    job.run(find)
}

/// The block at `at`, with zeros behind the end, and a bit for each byte that is there.
#[inline(always)]
pub fn block_at<'a>(bytes: &'a [u8], at: usize, room: &'a mut [u8; BLOCK]) -> (&'a [u8; BLOCK], u64) {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => (block, u64::MAX),
        None => {
            *room = [0; BLOCK];
            room.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            (room, (1 << rest.len()) - 1)
        }
    }
}

/// For each bit the parity of the bits up to and with it: of the places of quotes, what lies between them.
#[inline(always)]
pub fn parity(bits: u64) -> u64 {
    let mut parity = bits ^ (bits << 1);
    parity ^= parity << 2;
    parity ^= parity << 4;
    parity ^= parity << 8;
    parity ^= parity << 16;
    parity ^ (parity << 32)
}
