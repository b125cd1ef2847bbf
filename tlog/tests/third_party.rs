//! What another implementation of the same specifications makes of ours, and we of its.

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use stele_tlog::{
    Checkpoint, Frontier, Hash, Node, Note, ProofPlan, Signer, Tile, Verifier, consistency_plan, fold, hash_leaf,
    inclusion_plan, tiles_of, verify_consistency, verify_inclusion,
};
use tlog_tiles::{TileHashReader, TileReader};

const ORIGIN: &str = "example.com/log";

fn our_signer(seed: [u8; 32]) -> Signer {
    Signer::new(ORIGIN, seed).expect("a good name")
}

/// The same key, in the form of Go's secret keys.
fn their_signer(seed: [u8; 32]) -> StandardSigner {
    let id = hex::encode(our_signer(seed).verifier().id());
    let key = BASE64_STANDARD.encode([&[1], &seed[..]].concat());
    StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{id}+{key}")).expect("well formed")
}

fn their_verifiers(ours: &Verifier) -> VerifierList {
    let theirs = StandardVerifier::new(&ours.to_string()).expect("they read our verifier keys");
    VerifierList::new(vec![Box::new(theirs)])
}

fn signed_by_them(text: &str, seed: [u8; 32]) -> String {
    let mut note = signed_note::Note::new(text.as_bytes(), &[]).expect("a text");
    note.add_sigs(&[&their_signer(seed)]).expect("signs");
    String::from_utf8(note.to_bytes()).expect("text")
}

fn text_verified_by_them(note: &str, ours: &Verifier) -> Vec<u8> {
    let note = signed_note::Note::from_bytes(note.as_bytes()).expect("well formed");
    let (verified, unknown) = note.verify(&their_verifiers(ours)).expect("they verify our notes");
    assert_eq!((verified.len(), unknown.len()), (1, 0));
    note.text().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn notes_are_the_same(text in "([^\\x00-\\x1f]{0,9}\n){1,4}", seed: [u8; 32]) {
        let (signer, theirs) = (our_signer(seed), signed_by_them(&text, seed));
        let ours = Note::new(&text).expect("a text").sign(&signer).to_string();
        prop_assert_eq!(&ours, &theirs);
        prop_assert_eq!(text_verified_by_them(&ours, signer.verifier()), text.as_bytes());
        let theirs: Note = theirs.parse().expect("well formed");
        prop_assert_eq!(theirs.verify(std::slice::from_ref(signer.verifier())), Ok(()));
    }

    #[test]
    fn checkpoints_are_the_same(size: u64, root: Hash, extension in "([^\\x00-\\x1f]{1,9}\n){0,2}", seed: [u8; 32]) {
        let (signer, theirs) = (our_signer(seed), tlog_tiles::Hash(root));
        let theirs = tlog_tiles::Checkpoint::new(ORIGIN, size, theirs, &extension).expect("valid");
        let ours = Checkpoint::new(ORIGIN, size, root).expect("valid");
        let ours = extension.lines().try_fold(ours, Checkpoint::with_extension).expect("lines");

        let signed = ours.sign(&signer);
        let read = tlog_tiles::Checkpoint::from_bytes(&text_verified_by_them(&signed, signer.verifier()));
        prop_assert_eq!(&read.expect("they read ours"), &theirs);
        let text = String::from_utf8(theirs.to_bytes()).expect("text");
        prop_assert_eq!(Checkpoint::open(&signed_by_them(&text, seed), signer.verifier()), Ok(ours));
    }

    #[test]
    fn tile_paths_are_the_same(level in 0..=63_u8, index in 0..1_u64 << 56, bits in 0..56, width in 1..=256_u16) {
        let ours = Tile::new(level, index >> bits, width).expect("valid");
        prop_assert_eq!(ours, our_tile(&tlog_tiles::Tile::new(8, level, index >> bits, width.into(), false)));
        let theirs = tlog_tiles::Tile::from_path(&ours.to_string().replacen("tile/", "tile/8/", 1));
        prop_assert_eq!(our_tile(&theirs.expect("they read our paths")), ours);
    }

    #[test]
    fn trees_have_the_same_tiles(size in 0..10_000_000_u64, bits in 0..24) {
        let theirs = tlog_tiles::Tile::new_tiles(8, 0, size >> bits);
        prop_assert_eq!(tiles_of(size >> bits).collect::<Vec<_>>(), theirs.iter().map(our_tile).collect::<Vec<_>>());
    }
}

/// Their tile of height 8; their paths state the height, as those of Go's checksum database do.
fn our_tile(theirs: &tlog_tiles::Tile) -> Tile {
    theirs.path().replacen("tile/8/", "tile/", 1).parse().expect("we read their paths")
}

/// A log as it is served: its tiles, made by us.
struct Log {
    size: u64,
    root: Hash,
    tiles: HashMap<(u8, u64), Vec<Hash>>,
}

impl Log {
    fn new(leaves: Vec<Hash>) -> Self {
        let (size, root) = (leaves.len() as u64, leaves.iter().copied().collect::<Frontier>().root());
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|below| below.len() >= 256) {
            levels.push(below.chunks_exact(256).map(fold).collect());
        }
        let hashes = |tile: Tile| levels[usize::from(tile.level())][places(tile)].to_vec();
        let tiles = tiles_of(size).map(|tile| ((tile.level(), tile.index()), hashes(tile))).collect();
        Self { size, root, tiles }
    }

    fn of_size(size: u64) -> Self {
        Self::new((0..size).map(|leaf| hash_leaf(&leaf.to_be_bytes())).collect())
    }

    fn hash(&self, node: Node) -> Hash {
        let (tile, places) = node.tile_in(self.size).expect("within the tree");
        let hashes = &self.tiles[&(tile.level(), tile.index())];
        assert_eq!(hashes.len(), usize::from(tile.width()));
        fold(&hashes[places])
    }

    fn proof(&self, plan: &ProofPlan) -> Vec<Hash> {
        let hashes: Vec<_> = plan.nodes().iter().map(|node| self.hash(*node)).collect();
        plan.assemble(&hashes).expect("a hash for every node")
    }

    /// Their reader, which holds the tiles at the tree's right edge against the root.
    fn reader(&self) -> TileHashReader<'_> {
        TileHashReader::new(self.size, tlog_tiles::Hash(self.root), self)
    }
}

impl TileReader for Log {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: Tile| self.tiles[&(tile.level(), tile.index())][..usize::from(tile.width())].concat();
        Ok(tiles.iter().map(|tile| read(our_tile(tile))).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

fn places(tile: Tile) -> std::ops::Range<usize> {
    let place = |position| usize::try_from(position).expect("a small tree");
    place(tile.hashes().start)..place(tile.hashes().end)
}

fn theirs(proof: &[Hash]) -> Vec<tlog_tiles::Hash> {
    proof.iter().copied().map(tlog_tiles::Hash).collect()
}

fn check_inclusion(log: &Log, index: u64) {
    let (size, root, leaf) = (log.size, log.root, log.hash(Node::new(0, index).expect("a leaf")));
    let ours = log.proof(&inclusion_plan(index, size).expect("the tree has it"));
    let made = tlog_tiles::prove_record(size, index, &log.reader()).expect("they read our tiles");
    assert_eq!(theirs(&ours), made, "{index} of {size}");
    tlog_tiles::check_record(&made, size, tlog_tiles::Hash(root), index, tlog_tiles::Hash(leaf))
        .expect("they verify");
    assert_eq!(verify_inclusion(&leaf, index, size, &ours, &root), Ok(()), "{index} of {size}");
}

fn check_consistency(log: &Log, old: u64) {
    let tlog_tiles::Hash(old_root) = tlog_tiles::tree_hash(old, &log.reader()).expect("they read our tiles");
    let ours = log.proof(&consistency_plan(old, log.size).expect("grown"));
    let made = tlog_tiles::prove_tree(log.size, old, &log.reader()).expect("they read our tiles");
    assert_eq!(theirs(&ours), made, "{old} to {}", log.size);
    let (theirs, their_old) = (tlog_tiles::Hash(log.root), tlog_tiles::Hash(old_root));
    tlog_tiles::check_tree(&made, log.size, theirs, old, their_old).expect("they verify");
    assert_eq!(verify_consistency(old, &old_root, log.size, &log.root, &ours), Ok(()), "{old} to {}", log.size);
}

#[test]
fn proofs_are_the_same() {
    for size in (1..=70).chain([255, 256, 257, 511, 513, 1000]) {
        let log = Log::of_size(size);
        for place in (0..size).step_by(usize::try_from(size / 70).expect("small") + 1) {
            check_inclusion(&log, place);
            check_consistency(&log, place + 1);
        }
    }
}

#[test]
fn proofs_from_tiles_of_three_levels_are_the_same() {
    let log = Log::of_size(70_000);
    for place in [0, 1, 255, 256, 32_767, 65_535, 65_536, 69_631, 69_887, 69_888, 69_999] {
        check_inclusion(&log, place);
        check_consistency(&log, place + 1);
    }
}
