//! The objects of an HDF5 file: where it begins, the messages of an object's header, and the members of a group (The HDF Group, HDF5
//! File Format Specification, version 3.0). Every address and length is checked against the file. Knows no numbers.

use super::wrong;
use crate::network::read::ReadError;

/// How a file begins.
pub(super) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Where a file may begin behind a head of its own: at 0, 512, 1024 .. bytes.
const PLACES: [usize; 5] = [0, 512, 1024, 2048, 4096];

/// The most messages of a header, members of a group, and nodes of a tree that are looked at.
pub(super) const MOST: usize = 1 << 16;

/// Where a file begins, if it is one.
pub(super) fn place(bytes: &[u8]) -> Option<usize> {
    PLACES.into_iter().find(|&place| bytes.get(place..).is_some_and(|rest| rest.starts_with(MAGIC)))
}

/// Bytes that are read from the first to the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
    /// How many bytes addresses and lengths take.
    sizes: [usize; 2],
}

impl<'a> Cursor<'a> {
    /// The next bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| wrong("it is cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next whole number of so many bytes, the least significant first.
    pub(super) fn number(&mut self, bytes: usize) -> Result<u64, ReadError> {
        let taken = self.take(bytes)?;
        if taken.len() > 8 {
            return Err(wrong("it has numbers of more than eight bytes"));
        }
        Ok(taken.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The next number as one of things in memory.
    pub(super) fn count(&mut self, bytes: usize) -> Result<usize, ReadError> {
        Ok(self.number(bytes)? as usize)
    }

    /// The next address; `None` where it is undefined.
    pub(super) fn address(&mut self) -> Result<Option<usize>, ReadError> {
        let size = self.sizes[0];
        let undefined = u64::MAX >> (64 - 8 * size);
        let address = self.number(size)?;
        Ok((address != undefined).then_some(address as usize))
    }

    /// The next length.
    pub(super) fn length(&mut self) -> Result<usize, ReadError> {
        self.count(self.sizes[1])
    }

    /// Whether the next bytes are these; they are taken.
    pub(super) fn expect(&mut self, signature: &[u8]) -> Result<(), ReadError> {
        if self.take(signature.len())? == signature {
            return Ok(());
        }
        let name = String::from_utf8_lossy(signature).into_owned();
        Err(wrong(format!("there is no `{name}` where one should be")))
    }
}

/// A message of an object's header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) kind: u64,
    /// Whether it only says where the message stands.
    pub(super) is_shared: bool,
    pub(super) data: Cursor<'a>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// Of its header.
    pub(super) address: usize,
}

/// A file.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    sizes: [usize; 2],
    /// The address of the header of the group that holds all.
    pub(super) root: usize,
}

impl<'a> File<'a> {
    /// Reads where everything begins.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let place = place(bytes).ok_or_else(|| wrong("it does not begin as one"))?;
        let mut head = Cursor { rest: &bytes[place + MAGIC.len()..], sizes: [8, 8] };
        let version = head.number(1)?;
        if version < 2 {
            head.take(4)?;
        }
        let sizes = [head.count(1)?, head.count(1)?];
        if version > 3 || sizes.iter().any(|size| !(2..=8).contains(size)) {
            return Err(wrong(format!("its format is unknown (superblock {version})")));
        }
        head.sizes = sizes;
        // What follows are sizes of trees, and flags.
        head.take(match version {
            0 => 9,
            1 => 13,
            _ => 1,
        })?;
        let base = head.address()?.unwrap_or(place);
        head.address()?;
        head.address()?;
        if version < 2 {
            head.address()?;
            head.address()?;
        }
        let root = head.address()?.ok_or_else(|| wrong("it holds nothing"))?;
        let bytes = bytes.get(base..).ok_or_else(|| wrong("it is cut short"))?;
        Ok(Self { bytes, sizes, root })
    }

    /// The bytes from an address on.
    pub(super) fn at(&self, address: usize) -> Result<Cursor<'a>, ReadError> {
        let rest = self.bytes.get(address..).ok_or_else(|| wrong("it is cut short"))?;
        Ok(Cursor { rest, sizes: self.sizes })
    }

    /// So many bytes at an address.
    pub(super) fn block(&self, address: usize, length: usize) -> Result<Cursor<'a>, ReadError> {
        let mut all = self.at(address)?;
        Ok(Cursor { rest: all.take(length)?, sizes: self.sizes })
    }

    /// The messages of an object's header.
    pub(super) fn messages(&self, address: usize) -> Result<Vec<Message<'a>>, ReadError> {
        let mut head = self.at(address)?;
        let mut messages = Vec::new();
        let mut blocks = Vec::new();
        // Of the second version: its flags.
        let mut flags = None;
        if head.rest.starts_with(b"OHDR") {
            head.expect(b"OHDR")?;
            head.take(1)?;
            let own = head.number(1)?;
            head.take(if own & 0x20 == 0 { 0 } else { 16 } + if own & 0x10 == 0 { 0 } else { 4 })?;
            let length = head.count(1 << (own & 3))?;
            blocks.push(Cursor { rest: head.take(length)?, sizes: self.sizes });
            flags = Some(own);
        } else {
            if head.number(1)? != 1 {
                return Err(wrong("an object's header is of an unknown version"));
            }
            head.take(7)?;
            let length = head.count(4)?;
            head.take(4)?;
            blocks.push(Cursor { rest: head.take(length)?, sizes: self.sizes });
        }
        let mut next = 0;
        while let Some(mut block) = blocks.get(next).copied() {
            next += 1;
            loop {
                let of_head = match flags {
                    None => 8,
                    Some(flags) => 4 + if flags & 4 == 0 { 0 } else { 2 },
                };
                if block.rest.len() < of_head {
                    break;
                }
                let mut head = Cursor { rest: block.take(of_head)?, sizes: self.sizes };
                let kind = head.number(if flags.is_some() { 1 } else { 2 })?;
                let length = head.count(2)?;
                let is_shared = head.number(1)? & 2 != 0;
                let mut data = Cursor { rest: block.take(length)?, sizes: self.sizes };
                if kind == 0x10 {
                    let address = data.address()?.ok_or_else(|| wrong("a header goes on nowhere"))?;
                    let length = data.length()?;
                    let mut further = self.block(address, length)?;
                    if flags.is_some() {
                        further.expect(b"OCHK")?;
                        let without_checksum = further.rest.len().saturating_sub(4);
                        further.rest = &further.rest[..without_checksum];
                    }
                    blocks.push(further);
                } else {
                    messages.push(Message { kind, is_shared, data });
                }
                if messages.len() + blocks.len() > MOST {
                    return Err(wrong("an object's header has too many messages"));
                }
            }
        }
        Ok(messages)
    }

    /// The members of a group by its header's messages; none of what is not a group.
    pub(super) fn members(&self, messages: &[Message<'a>]) -> Result<Vec<Member>, ReadError> {
        let mut members = Vec::new();
        for message in messages {
            let mut data = message.data;
            match message.kind {
                0x11 => {
                    let (tree, heap) = (data.address()?, data.address()?);
                    if let (Some(tree), Some(heap)) = (tree, heap) {
                        self.symbols(tree, heap, &mut members)?;
                    }
                }
                0x06 => members.extend(link(data)?),
                0x02 => {
                    data.take(1)?;
                    if data.number(1)? & 1 != 0 {
                        data.take(8)?;
                    }
                    if let Some(heap) = data.address()? {
                        self.dense(heap, data.address()?, &mut members)?;
                    }
                }
                _ => {}
            }
        }
        Ok(members)
    }

    /// The members that a tree of symbols lists, whose names stand in a heap.
    fn symbols(&self, tree: usize, heap: usize, members: &mut Vec<Member>) -> Result<(), ReadError> {
        let mut head = self.at(heap)?;
        head.expect(b"HEAP")?;
        head.take(4)?;
        let length = head.length()?;
        head.length()?;
        let names = head.address()?.ok_or_else(|| wrong("a group has no names"))?;
        let names = self.block(names, length)?.rest;
        let mut nodes = vec![(tree, None)];
        let mut seen = 0;
        while let Some((address, above)) = nodes.pop() {
            seen += 1;
            let mut node = self.at(address)?;
            if seen > MOST {
                return Err(wrong("a group has too many members"));
            }
            if node.rest.starts_with(b"SNOD") {
                node.take(6)?;
                for _ in 0..node.number(2)? {
                    seen += 1;
                    let at = node.length_of_address()?;
                    let address = node.address()?;
                    let kind = node.number(4)?;
                    node.take(20)?;
                    let name = names.get(at..).and_then(|names| names.split(|&byte| byte == 0).next());
                    // The second kind is a link to a path, which may lead anywhere.
                    if let (Some(address), Some(name), 0 | 1) = (address, name, kind) {
                        members.push(Member { name: String::from_utf8_lossy(name).into_owned(), address });
                    }
                }
                continue;
            }
            node.expect(b"TREE")?;
            node.take(1)?;
            // Levels shrink from the root to the leaves, so that no tree is endless.
            let level = node.number(1)?;
            if above.is_some_and(|above| level >= above) {
                return Err(wrong("the tree of a group is endless"));
            }
            let used = node.number(2)?;
            node.address()?;
            node.address()?;
            for _ in 0..used {
                seen += 1;
                node.length()?;
                nodes.extend(node.address()?.map(|child| (child, Some(level))));
            }
        }
        Ok(())
    }

    /// The members that stand as link messages in a heap, by the tree of their names; small heaps and trees only.
    fn dense(&self, heap: usize, tree: Option<usize>, members: &mut Vec<Member>) -> Result<(), ReadError> {
        let large = || wrong("a group has more members than are read in this form");
        let mut head = self.at(heap)?;
        head.expect(b"FRHP")?;
        head.take(1)?;
        let of_id = head.count(2)?;
        let filters = head.number(2)?;
        head.take(5)?;
        head.length()?;
        head.address()?;
        head.length()?;
        head.address()?;
        for _ in 0..8 {
            head.length()?;
        }
        head.take(2)?;
        head.length()?;
        head.length()?;
        let of_offset = head.count(2)?.div_ceil(8);
        head.take(2)?;
        let root = head.address()?;
        // A root of rows is a table of blocks.
        let rows = head.number(2)?;
        let (Some(root), Some(tree), 0, 0) = (root, tree, rows, filters) else { return Err(large()) };
        let of_length = of_id.saturating_sub(1 + of_offset);
        let mut head = self.at(tree)?;
        head.expect(b"BTHD")?;
        head.take(2)?;
        head.take(4)?;
        let of_record = head.count(2)?;
        let depth = head.number(2)?;
        head.take(2)?;
        let leaf = head.address()?;
        let count = head.count(2)?;
        let Some(leaf) = leaf.filter(|_| depth == 0) else { return Err(large()) };
        let mut records = self.at(leaf)?;
        records.expect(b"BTLF")?;
        records.take(2)?;
        for _ in 0..count {
            let record = records.take(of_record)?;
            let mut id = Cursor { rest: &record[record.len().saturating_sub(of_id)..], sizes: self.sizes };
            if id.number(1)? & 0x30 != 0 {
                return Err(large());
            }
            let (offset, length) = (id.count(of_offset)?, id.count(of_length)?);
            let address = root.checked_add(offset).ok_or_else(|| wrong("it is cut short"))?;
            members.extend(link(self.block(address, length)?)?);
        }
        Ok(())
    }
}

impl Cursor<'_> {
    /// A number as wide as an address that is none.
    fn length_of_address(&mut self) -> Result<usize, ReadError> {
        self.count(self.sizes[0])
    }
}

/// The member of a link message; links to paths are left out, since they may lead anywhere.
fn link(mut data: Cursor<'_>) -> Result<Option<Member>, ReadError> {
    data.take(1)?;
    let flags = data.number(1)?;
    let is_hard = flags & 8 == 0 || data.number(1)? == 0;
    data.take(if flags & 4 == 0 { 0 } else { 8 } + usize::from(flags & 16 != 0))?;
    let length = data.count(1 << (flags & 3))?;
    let name = String::from_utf8_lossy(data.take(length)?).into_owned();
    if !is_hard {
        return Ok(None);
    }
    Ok(data.address()?.map(|address| Member { name, address }))
}

impl<'a> File<'a> {
    /// Bytes that are not read at their address.
    pub(super) fn cursor<'c>(&self, bytes: &'c [u8]) -> Cursor<'c> {
        Cursor { rest: bytes, sizes: self.sizes }
    }

    /// The first bytes of an object of a heap for all.
    pub(super) fn of_heap(&self, heap: usize, number: u64, length: usize) -> Result<&'a [u8], ReadError> {
        let mut head = self.at(heap)?;
        head.expect(b"GCOL")?;
        head.take(4)?;
        let size = head.length()?;
        let mut objects = self.block(heap, size)?;
        objects.take(8 + self.sizes[1])?;
        while !objects.rest.is_empty() {
            let own = objects.number(2)?;
            objects.take(6)?;
            let bytes = objects.length()?;
            if own == number {
                return objects.take(length.min(bytes));
            }
            // Number 0 is what is free, up to the end.
            if own == 0 {
                break;
            }
            objects.take(bytes.checked_next_multiple_of(8).ok_or_else(|| wrong("it is cut short"))?)?;
        }
        Err(wrong("a text of it is missing"))
    }
}
