//! What a file tells of itself in its first bytes.

use crate::MediaType;

/// An image whose size can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the width and height of the image can't be read from its first {} KiB", Facts::HEAD >> 10)]
pub struct Unmeasurable;

/// How large an image is, or how long a sound. Nothing is decoded for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// An image's width as it is stored, in pixels: an orientation that it asks to be shown in is not applied.
    pub width: Option<u32>,
    /// An image's height, likewise.
    pub height: Option<u32>,
    /// How long a sound lasts, in milliseconds.
    pub duration_ms: Option<u64>,
}

impl Facts {
    /// How much of a file is enough. Photographs have profiles and thumbnails of half a megabyte before their size.
    pub const HEAD: usize = 1 << 20;

    /// Reads what a file tells that begins with `head`. An image has to tell its size; how long something lasts can be
    /// told for WAV and FLAC alone.
    pub fn read(media_type: MediaType, head: &[u8]) -> Result<Self, Unmeasurable> {
        if media_type.is_image() {
            let size = imagesize::blob_size(head).map_err(|_| Unmeasurable)?;
            let pixels = |side: usize| u32::try_from(side).ok().filter(|side| *side > 0).ok_or(Unmeasurable);
            let (width, height) = (Some(pixels(size.width)?), Some(pixels(size.height)?));
            return Ok(Self { width, height, duration_ms: None });
        }
        let duration_ms = match media_type {
            MediaType::Wav => wav_duration(head),
            MediaType::Flac => flac_duration(head),
            _ => None,
        };
        Ok(Self { duration_ms, ..Self::default() })
    }
}

/// A RIFF file is chunks, each a name, a length and its bytes: `fmt ` says how many bytes a second has, `data` how many
/// there are.
fn wav_duration(head: &[u8]) -> Option<u64> {
    let (mut rest, mut byte_rate) = (head.get(12..)?, None);
    loop {
        let (name, length) = (rest.get(..4)?, u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?));
        rest = rest.get(8..)?;
        match name {
            b"fmt " => byte_rate = Some(u64::from(u32::from_le_bytes(rest.get(8..12)?.try_into().ok()?))),
            // a recorder that does not know the end yet writes 0, or all ones
            b"data" if length == 0 || length == u32::MAX => return None,
            b"data" => return (u64::from(length) * 1000).checked_div(byte_rate?),
            _ => {}
        }
        // chunks begin at even places
        rest = rest.get(usize::try_from(length).ok()?.checked_next_multiple_of(2)?..)?;
    }
}

/// A FLAC file begins with STREAMINFO (RFC 9639 §8.2): 20 bits of sample rate, and 36 bits of how many samples.
fn flac_duration(head: &[u8]) -> Option<u64> {
    let info = u64::from_be_bytes(head.get(18..26)?.try_into().ok()?);
    let (rate, samples) = (info >> 44, info & 0xf_ffff_ffff);
    // 0 samples: it is not known
    if samples == 0 { None } else { (samples * 1000).checked_div(rate) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &size, &[8, 2, 0, 0, 0]].concat()
    }

    #[test]
    fn an_image_tells_its_size_or_is_refused() {
        let facts = Facts::read(MediaType::Png, &png(640, 480)).expect("a size");
        assert_eq!((facts.width, facts.height), (Some(640), Some(480)));
        assert_eq!(Facts::read(MediaType::Png, &png(0, 480)), Err(Unmeasurable));
        assert_eq!(Facts::read(MediaType::Png, &png(640, 480)[..18]), Err(Unmeasurable));
        assert_eq!(Facts::read(MediaType::Jpeg, b"\xff\xd8\xff\xe0"), Err(Unmeasurable));
    }

    #[test]
    fn sound_tells_how_long_it_lasts() {
        let wav = |data: u32| {
            let fmt = b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0";
            [b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0".as_slice(), fmt, b"data", &data.to_le_bytes()].concat()
        };
        let lasts = |head: &[u8], kind| Facts::read(kind, head).expect("no image").duration_ms;
        assert_eq!(lasts(&wav(24_000), MediaType::Wav), Some(1_500), "16,000 bytes a second");
        assert_eq!(lasts(&wav(u32::MAX), MediaType::Wav), None);
        let (rate, samples) = (44_100_u64, 88_200);
        let info = (rate << 44) | (1 << 41) | (15 << 36) | samples;
        let flac = [b"fLaC\x80\0\0\x22".as_slice(), &[0; 10], &info.to_be_bytes(), &[0; 16]].concat();
        assert_eq!(lasts(&flac, MediaType::Flac), Some(2_000));
    }

    proptest! {
        #[test]
        fn whatever_a_file_holds_nothing_breaks(
            kind in prop::sample::select(MediaType::ALL.to_vec()),
            start in prop::sample::select(vec![
                b"\x89PNG\r\n\x1a\n".to_vec(), b"\xff\xd8\xff".to_vec(), b"GIF89a".to_vec(), b"RIFF\x10\0\0\0WEBPVP8".to_vec(),
                b"RIFF\x10\0\0\0WAVE".to_vec(), b"fLaC".to_vec(), vec![],
            ]),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let head = [start, rest].concat();
            if let Ok(facts) = Facts::read(kind, &head) {
                prop_assert_eq!(facts.width.is_some(), kind.is_image());
            }
            if let Err(error) = kind.check(&head) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
